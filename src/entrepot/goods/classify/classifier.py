"""Classify descriptions of goods: candidates with probabilities, why, and the question that would decide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import msgspec

from entrepot.goods import normalize
from entrepot.goods.classify.answer import Candidate, Classification, Question, Step
from entrepot.goods.classify.bounds import by_content
from entrepot.goods.classify.confidence import AGAINST, confidence, evidence
from entrepot.goods.classify.contradiction import as_contradicted, without_denied, without_denied_codes
from entrepot.goods.classify.deciding import deciding_words
from entrepot.goods.classify.features import described_words
from entrepot.goods.classify.lines import lines_under, words_said
from entrepot.goods.classify.listing import without_listing_words
from entrepot.goods.classify.model import Model
from entrepot.goods.classify.model import model as packaged
from entrepot.goods.classify.names import (
    NameFound,
    everyday_table,
    is_of_others,
    key_of,
    leaves_open,
    may_be_a_bag,
    names_of_one_code,
    names_within,
)
from entrepot.goods.classify.nomenclature import Nomenclature
from entrepot.goods.classify.notes import excludes_animals, matching, of_parts
from entrepot.goods.classify.other_languages import is_other_language
from entrepot.goods.classify.question import question_between
from entrepot.goods.classify.reading import language_of_text, plain_text, unusable, without_questions
from entrepot.goods.classify.scores import Scored, reasons, score
from entrepot.goods.classify.sets import is_mixed, parts_of_set
from entrepot.goods.classify.several import are_of_several_codes, is_several
from entrepot.goods.described import LEAST
from entrepot.goods.everyday_names import codes_of_name
from entrepot.goods.spelling import correct_words
from entrepot.language.translate import N_
from entrepot.law.compiled import Law

#: Attributes of a description that are read, and characters of each; the words of a value that is read as a part of the
#: description, and what those of a longer one count beside it.
ATTRIBUTES, ATTRIBUTE, SHORT, ATTRIBUTE_WEIGHT = 20, 200, 3, 0.7
#: Attributes whose words lead to no code.
OF_NO_CODE = ("brand", "color", "colour", "model", "sku", "style", "weight")
#: Languages that name the goods before what says more of them, and those without spaces between words.
GOODS_FIRST, UNSPACED = ("vi", "th", "km"), ("zh", "ja", "th", "km")
CORRECTED = 0.99
#: An allowed candidate comes before an excluded one from this share of its probability.
NEARLY = 0.5
#: The question of a set: the general rules of the nomenclature ask it.
ESSENTIAL = N_("Which of the goods gives the set its essential character?")
#: No code is sure if a larger share of the words does not speak for it.
MOST_AGAINST = 0.5
#: The least share of words of which the model knows a part; the longest word of English that is no compound.
LEAST_KNOWN, LONGEST_WORD = 0.2, 11
#: A first candidate that is less probable, of a text with no name of goods, is a guess: a person's name, or noise.
GUESSED = 0.105
#: The same of a few Chinese characters, which may be a person's name, and how many these are.
GUESSED_SHORT, SHORT_RUN = 0.25, 4
#: The candidates of each kind of goods in a set that count.
OF_A_PART = 3
#: The highest probability of such a code, of one that a note excludes, of a set, and of whole goods where a
#: description speaks of parts; of goods that a name leaves open.
DISAGREED = 0.6
#: What the other codes of a name that is the whole description have of the probability that is left, and how often each
#: is meant beside the one before it.
OF_NAME, MEANT = 0.8, 0.4
#: The highest probability where a name only says of which goods the described ones are: less than all others together.
OF_OTHERS = 0.45


def correction_key(text: str) -> str:
    """The key under which a user's correction of a description is kept: without case, spaces, marks and plurals.

    >>> correction_key("Roasted  Beans!") == correction_key("roasted bean")
    True
    """
    return normalize.phrase_key(plain_text(text[:4000]), accents=True)


def classify(
    text: str,
    *,
    tree: Nomenclature,
    law: Law | None = None,
    attributes: Mapping[str, str] | None = None,
    language: str | None = None,
    corrections: Mapping[str, str] | None = None,
    limit: int = 5,
    model: Model | None = None,
    explained: bool = True,
) -> Classification:
    """The goods that a description may mean, the likeliest first.

    `law`: of the destination, whose lines are given under each candidate. `attributes`: more that is known, such as
    `{"material": "cotton"}`. `language`: in which names are shown; that of the description if not given.
    `corrections`: `correction_key` of a description -> the six digits that a user said. `limit`: of candidates.
    `explained`: with the path, the words that decided and the lines of each candidate; a cell of a table has none.
    """
    clean = without_questions(plain_text(text[:4000]))
    spoken = language or language_of_text(clean)
    asked = _Asked(clean[:200], spoken, tree, model or packaged(), law if explained else None, limit, explained)
    if reason := unusable(text, clean):
        return asked.unusable(reason)
    if corrections and (code := corrections.get(correction_key(text))) and code in tree.headings:
        return _corrected(asked, clean, code)
    clean = without_listing_words(clean) if described_words(clean) else key_of(clean)
    said, clean = clean, without_denied(clean)
    if (of_set := _set(clean, tree, asked.model)) is not None:
        return _answer(asked, clean, of_set, mixed=True)
    if is_several(clean, tree, asked.model):
        return asked.unusable("several_goods")
    short, long = _of_attributes(attributes) if attributes else ((), ())
    if (other := as_contradicted(clean, short)) is not None:
        return _answer(asked, clean, _either(clean, other, tree, asked.model), contradicted=True)
    described = _with_attributes(clean, [value for _name, value in short])
    more = [(value, ATTRIBUTE_WEIGHT) for value in long]
    spelled = _spelled(described, tree, asked.model)
    found = score(spelled, more, tree, asked.model)
    if clean != said:
        found.ranked = without_denied_codes(said, found.ranked)
    if is_other_language(described, bool(found.names)):
        return asked.unusable("other_language")
    if not found.ranked or not (found.names or (found.known >= LEAST_KNOWN and _has_known_word(spelled, asked.model))):
        return asked.unusable("unknown_words")
    answer = _answer(
        asked, spelled, found, mixed=is_mixed(clean), misspelt=spelled != described, contradicted=clean != said
    )
    least = GUESSED_SHORT if len(spelled) <= SHORT_RUN and normalize.is_han(spelled) else GUESSED
    return answer if found.names or answer.candidates[0].probability >= least else asked.unusable("unknown_words")


class _Asked(NamedTuple):
    """What is asked of a description: `said` of it is repeated in the answer, in which `language` names are shown."""

    said: str
    language: str
    tree: Nomenclature
    model: Model
    law: Law | None
    limit: int
    explained: bool

    def unusable(self, reason: str) -> Classification:
        """The answer to a text that cannot be classified."""
        return Classification(query=self.said, language=self.language, status="unusable", reason=reason)


def _corrected(asked: _Asked, text: str, code: str) -> Classification:
    """The answer to a description of which a user said the code."""
    law = asked.law
    terms = words_said(text, names_within(text, everyday_table())) if law else frozenset()
    right = Candidate(
        hs6=code,
        probability=CORRECTED,
        path=_path(code, asked.tree, asked.language),
        lines=lines_under(code, CORRECTED, terms, law, asked.language) if law else (),
        corrected=True,
    )
    return Classification(
        query=asked.said,
        language=asked.language,
        status="sure",
        hs6=code,
        candidates=(right,),
        assumed=("corrected",),
    )


def _has_known_word(text: str, model: Model) -> bool:
    """Whether a whole word is one of the training; those of other scripts and compounds are known by their parts."""
    words = described_words(text)
    return any(not word.isascii() or len(word) > LONGEST_WORD or model.knows(word) for word in words)


def _spelled(text: str, tree: Nomenclature, model: Model) -> str:
    """A description of plain letters with its unknown words corrected, where a word of names is near enough."""
    if not text.isascii():
        return text
    words = {word for word in described_words(text) if word.isalpha() and not model.knows(word)}
    return correct_words(text, words, tree.english_words()) if words else text


def _of_attributes(attributes: Mapping[str, str]) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """The names and short values of attributes, and the longer values, without those that lead to no code."""
    given = islice(((name, plain_text(value[:ATTRIBUTE])) for name, value in attributes.items()), ATTRIBUTES)
    kept = [each for each in given if each[1] and normalize.phrase_key(each[0], accents=False) not in OF_NO_CODE]
    short = tuple(each for each in kept if len(each[1].split()) <= SHORT)
    return short, tuple(value for _name, value in kept if len(value.split()) > SHORT)


def _with_attributes(text: str, values: Sequence[str]) -> str:
    """A description with the short values of its attributes, where its language has words that say more of goods.

    >>> _with_attributes("wallet", ["leather"]), _with_attributes("giày nữ", ["da"])
    ('leather wallet', 'giày nữ da')
    """
    language = language_of_text(text)
    said = (text, *values) if language in GOODS_FIRST else (*values, text)
    return ("" if language in UNSPACED else " ").join(said)


def _either(text: str, other: str, tree: Nomenclature, model: Model) -> Scored:
    """The scores of a description, and of what its attributes make of it, each with half of the probability."""
    return _mean([score(each, (), tree, model) for each in (text, other)], None)


def _mean(scored: Sequence[Scored], first: int | None) -> Scored:
    """The mean of some scores. `first`: how many candidates of each count; all if None."""
    shares: dict[str, float] = {}
    for found in scored:
        for code, share in found.ranked[:first]:
            shares[code] = shares.get(code, 0.0) + share / len(scored)
    return Scored(
        sorted(shares.items(), key=lambda each: (-each[1], each[0])),
        [uses for found in scored for uses in found.uses],
        min(found.known for found in scored),
        (),
    )


def _answer(
    asked: _Asked,
    text: str,
    found: Scored,
    *,
    mixed: bool = False,
    misspelt: bool = False,
    contradicted: bool = False,
) -> Classification:
    """The answer for scores.

    No code is sure of a set or an assortment (`mixed`), by corrected words (`misspelt`), or where attributes contradict
    the description, or it says of what the goods are not (`contradicted`).
    """
    tree, model, limit = asked.tree, asked.model, asked.limit
    excluded = _prefer_allowed(text, found, tree, limit)
    first = found.ranked[0][0]
    named = _others_of_name(found)
    near = [code for code, _share in found.ranked[:limit]]
    sums = reasons(list(dict.fromkeys([*near, *named])) if asked.explained else [first], found, model)
    numbers = evidence(text, found, sums[first], model)
    sure = confidence(numbers, model)
    capped = mixed or misspelt or contradicted or excluded
    capped = capped or numbers[AGAINST] > MOST_AGAINST or _is_open(text, first, found)
    capped = capped or (sure > DISAGREED and are_of_several_codes(text))
    if capped:
        of_others = any(is_of_others(name, first) for name in found.names[:1])
        sure = min(sure, OF_OTHERS if of_others else DISAGREED)
    ranked = by_content(asked.said, _shared(found.ranked, named, sure, limit), tree)
    first, sure = ranked[0]
    candidates = (
        _explained(asked, text, ranked, sums, found.names)
        if asked.explained
        else tuple(Candidate(hs6=code, probability=round(share, 4)) for code, share in ranked)
    )
    is_sure = sure >= _bar(first, found, model) and found.known >= 0.5 and not capped
    return Classification(
        query=asked.said,
        language=asked.language,
        status="sure" if is_sure else "unsure",
        hs6=first if is_sure else None,
        candidates=candidates,
        question=None if is_sure else _question(asked, ranked, mixed),
        notes=found.notes,
    )


def _others_of_name(found: Scored) -> list[str]:
    """The other codes of an everyday name that is the whole description and has the first candidate as a code."""
    if not found.names or not found.names[0].whole or found.ranked[0][0] not in found.names[0].codes:
        return []
    scored = {code for code, _share in found.ranked[1:]}
    return [code for code in found.names[0].codes if code in scored]


def _shared(
    ranked: Sequence[tuple[str, float]], named: Sequence[str], sure: float, limit: int
) -> list[tuple[str, float]]:
    """The likeliest candidates where the first has the probability `sure`.

    The others keep their order and their share of what is left; the codes that a name has too (`named`) have most of
    it, each less than the one before, as the calibration takes them to be meant.
    """
    first, top = ranked[0]
    left = 1.0 - sure
    ratio = left / (1.0 - top) if top < 1.0 else 0.0
    shares = {code: share * ratio for code, share in ranked[1 : limit + len(named)]}
    if named:
        whole = sum(MEANT**rank for rank in range(len(named)))
        shares = {code: share * (1.0 - OF_NAME) for code, share in shares.items()}
        for rank, code in enumerate(named):
            shares[code] = shares.get(code, 0.0) + left * OF_NAME * MEANT**rank / whole
    others = sorted(((code, min(share, sure)) for code, share in shares.items()), key=lambda each: -each[1])
    return [(first, sure), *others[: limit - 1]]


def _question(asked: _Asked, ranked: Sequence[tuple[str, float]], mixed: bool) -> Question | None:
    """The question between the likely candidates; of a set or an assortment, which goods are its essential ones."""
    near = [code for rank, (code, share) in enumerate(ranked) if share >= LEAST or (mixed and rank < 2)]
    question = question_between(near, asked.tree, asked.language, asked.said[:80])
    if mixed and question is not None:
        return msgspec.structs.replace(question, id="set", text=ESSENTIAL)
    return question


def _explained(
    asked: _Asked,
    text: str,
    ranked: Sequence[tuple[str, float]],
    sums: Mapping[str, Mapping[str, float]],
    names: Sequence[NameFound],
) -> tuple[Candidate, ...]:
    """The candidates with their path, the words that decided, and their lines. `names`: those in the text."""
    language, law = asked.language, asked.law
    because = deciding_words(text, (sums[code] for code, _share in ranked), everyday_table(), language_of_text(text))
    terms = words_said(text, names) if law else frozenset()
    return tuple(
        Candidate(
            hs6=code,
            probability=round(share, 4),
            path=_path(code, asked.tree, language),
            because=words,
            lines=lines_under(code, share, terms, law, language) if law else (),
        )
        for (code, share), words in zip(ranked, because, strict=True)
    )


def _is_open(text: str, code: str, found: Scored) -> bool:
    """Whether a description may be of a bag for such goods, or its name is one of other goods too."""
    return may_be_a_bag(text, code) or any(leaves_open(name, code) for name in found.names[:1])


def _bar(code: str, found: Scored, model: Model) -> float:
    """The probability from which a code is sure: lower for a description that is a name of this code alone."""
    named = bool(found.names) and found.names[0].whole and names_of_one_code().get(found.names[0].key) == code
    return model.header.sure_name if named else model.header.sure


def _prefer_allowed(text: str, found: Scored, tree: Nomenclature, limit: int) -> bool:
    """Whether the first candidate was excluded. Then one that is not takes its place, if at least half as probable."""
    if not _excluded(text, found.ranked[0][0], tree):
        return False
    least = NEARLY * found.ranked[0][1]
    near = (at for at, (code, share) in enumerate(found.ranked[:limit]) if share >= least)
    allowed = next((at for at in near if not _excluded(text, found.ranked[at][0], tree)), 0)
    if allowed:
        (code, share), (first, top) = found.ranked[allowed], found.ranked[0]
        found.ranked[: allowed + 1] = [(code, top), (first, share), *found.ranked[1:allowed]]
    return True


def _excluded(text: str, code: str, tree: Nomenclature) -> bool:
    """Whether a note excludes goods from a code, or the text speaks of parts or of animals and the code does not."""
    if of_parts(text) and code not in tree.parts():
        return True
    if excludes_animals(text, code):
        return True
    return any(code.startswith(note.leave) and not code.startswith(note.take) for note in matching(text))


def _set(text: str, tree: Nomenclature, model: Model) -> Scored | None:
    """The scores of the goods of a set, each kind with the same share; None for a text that names no several kinds."""
    each = parts_of_set(text)
    if len(each) < 2 or codes_of_name(text, "en"):
        return None
    scored = [found for part in each if (found := score(part, (), tree, model)).ranked and found.known >= 0.5]
    if len({found.ranked[0][0][:4] for found in scored}) < 2:
        return None
    return _mean(scored, OF_A_PART)


def _path(code: str, tree: Nomenclature, language: str) -> tuple[Step, ...]:
    return tuple(Step(code=code[:size], name=tree.name(code[:size], language)) for size in (2, 4, 6))
