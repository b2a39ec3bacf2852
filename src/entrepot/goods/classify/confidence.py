"""How likely the first candidate is right: a function of the evidence for it, fitted on measured answers.

The shares of the scores alone say too little: an everyday name that is the whole description is strong evidence, a
word that speaks for other goods is evidence against.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp, log, tanh
from operator import mul

from entrepot.goods import normalize
from entrepot.goods.classify.features import described_words
from entrepot.goods.classify.model import Model
from entrepot.goods.classify.names import names_of_one_code
from entrepot.goods.classify.scores import Scored

#: What each number of `evidence` is.
EVIDENCE = (
    "one", "share", "lead", "heading", "against", "contradiction", "covered", "whole_name", "whole_name_of_several",
    "main_name", "main_heading", "main_share", "main_placed",
    "other_main_name", "other_names", "known", "unspaced", "single", "long", "agreeing", "agreeing_heading",
    "names", "codes", "alone",
)  # fmt: skip
AGAINST = EVIDENCE.index("against")
#: A word speaks for a code if it adds more than this share of what the strongest word adds.
AGREES = 0.02
LIMIT = 6.0


def evidence(text: str, found: Scored, sums: Mapping[str, float], model: Model) -> tuple[float, ...]:
    """The evidence for the first candidate. `sums`: what each word says for it, as `reasons` returns."""
    code, share = found.ranked[0]
    second = found.ranked[1][1] if len(found.ranked) > 1 else 0.0
    heading = sum(each for other, each in found.ranked if other[:4] == code[:4])
    words, against = disagreeing(text, sums)
    names = found.names
    whole = bool(names) and names[0].whole and names[0].codes[0] == code
    main = bool(names) and names[0].codes[0] == code
    near = bool(names) and not main and any(each[:4] == code[:4] for each in names[0].codes[:2])
    others = {each.codes[0][:2] for each in names[1:]} - {code[:2]}
    covered = found.recalled.covered(model.place[code], model) if found.recalled else 0.0
    count, of_code, of_heading = found.recalled.agreeing(code, model) if found.recalled else (0, 0.0, 0.0)
    return (
        1.0,
        _odds(share),
        min(log(max(share, 1e-6) / max(second, 1e-6)), LIMIT),
        _odds(heading),
        len(against) / max(len(words), 1),
        _contradiction(against, found, model),
        covered,
        float(whole and len(names[0].codes) == 1),
        float(whole and len(names[0].codes) > 1),
        float(main),
        float(near),
        names[0].share if main else 0.0,
        float(main and names[0].placed),
        float(bool(names) and not main and not near),
        float(min(len(others), 2)),
        found.known,
        float(any(map(normalize.is_unspaced, words))),
        float(len(words) == 1),
        log(max(len(words), 1)),
        of_code,
        of_heading,
        log(1 + count),
        log(len(names[0].codes)) if main else 0.0,
        float(main and names_of_one_code().get(names[0].key) == code),
    )


def confidence(numbers: Sequence[float], model: Model) -> float:
    """The probability that a first candidate with this evidence is right: a sum of the evidence and of hidden units."""
    header = model.header
    value = _product(numbers, header.evidence)
    for weight, unit in zip(header.hidden, header.units, strict=True):
        value += weight * tanh(_product(numbers, unit))
    return 1.0 / (1.0 + exp(-max(-30.0, min(30.0, value))))


def _product(numbers: Sequence[float], weights: Sequence[float]) -> float:
    total: float = sum(map(mul, numbers, weights))
    return total


def disagreeing(text: str, sums: Mapping[str, float]) -> tuple[list[str], list[str]]:
    """The words of a text, and those that do not speak for a code, alone or in a pair."""
    words = described_words(text)
    support = dict.fromkeys(words, 0.0)
    for said, value in sums.items():
        for word in said.split():
            if word in support:
                support[word] += value
        # The parts of a run without spaces belong to the run.
        if said not in support:
            for word in words:
                if said in word and normalize.is_unspaced(word):
                    support[word] += max(value, 0.0)
    least = AGREES * max(support.values(), default=0.0)
    return words, [word for word, value in support.items() if value <= least]


def _contradiction(words: Sequence[str], found: Scored, model: Model) -> float:
    """What the words that do not speak for the code say for another one, at most."""
    worst = 0.0
    for word in words:
        if normalize.is_unspaced(word):
            continue
        nodes: dict[int, float] = {}
        for place, gain in (each for uses in found.uses for each in uses.of_word(word)):
            nodes[place] = nodes.get(place, 0.0) + gain
        for place, own in nodes.items():
            code = model.nodes[place]
            if len(code) > 2:
                above = nodes.get(model.place[code[:2]], 0.0)
                above += nodes.get(model.place[code[:4]], 0.0) if len(code) == 6 else 0.0
                worst = max(worst, own + above)
    return min(worst, LIMIT)


def _odds(share: float) -> float:
    bounded = min(max(share, 1e-4), 1 - 1e-4)
    return max(-LIMIT, min(LIMIT, log(bounded / (1 - bounded))))
