"""Classify descriptions of goods: candidates with probabilities, why, and the question that would decide."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from entrepot.goods import normalize
from entrepot.goods.classify.answer import Candidate, Classification, Step
from entrepot.goods.classify.features import described_words
from entrepot.goods.classify.lines import lines_under
from entrepot.goods.classify.model import Model
from entrepot.goods.classify.model import model as packaged
from entrepot.goods.classify.nomenclature import Nomenclature
from entrepot.goods.classify.question import question_between
from entrepot.goods.classify.reading import language_of_text, parts, plain_text, unusable
from entrepot.goods.classify.scores import Scored, calibrated, reasons, score
from entrepot.goods.described import SHARE
from entrepot.law.compiled import Law

#: Two parts of a text are two goods if each alone is so sure of another chapter.
TWO_GOODS = 0.6
#: What the words of attributes count beside those of the description.
ATTRIBUTE_WEIGHT = 0.7
#: The words that decided, at most.
MAX_BECAUSE = 4
CORRECTED = 0.99
#: A word speaks for a code if it adds more than this share of what the strongest word adds.
AGREES = 0.02
#: The highest probability of a code for which not every word speaks.
DISAGREED = 0.6
#: Descriptions that a table keeps at once, so that the same one is classified once.
MAX_KEPT = 65536


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
) -> Classification:
    """The goods that a description may mean, the likeliest first.

    `law`: of the destination, whose lines are given under each candidate. `attributes`: more that is known, such as
    `{"material": "cotton"}`. `language`: in which names are shown; that of the description if not given.
    `corrections`: `correction_key` of a description -> the six digits that a user said. `limit`: of candidates.
    """
    clean = plain_text(text[:4000])
    spoken = language or language_of_text(clean)
    said = clean[:200]
    if reason := unusable(text, clean):
        return Classification(query=said, language=spoken, status="unusable", reason=reason)
    used = model or packaged()
    if corrections and (code := corrections.get(correction_key(text))) and code in tree.headings:
        right = Candidate(
            hs6=code,
            probability=CORRECTED,
            path=_path(code, tree, spoken),
            lines=lines_under(code, CORRECTED, clean, law, spoken) if law else (),
            corrected=True,
        )
        return Classification(
            query=said, language=spoken, status="sure", hs6=code, candidates=(right,), assumed=("corrected",)
        )
    if _several_goods(clean, tree, used):
        return Classification(query=said, language=spoken, status="unusable", reason="several_goods")
    more = [(value, ATTRIBUTE_WEIGHT) for value in (attributes or {}).values() if value]
    found = score(clean, more, tree, used)
    if not found.ranked or found.known < 0.2:
        return Classification(query=said, language=spoken, status="unusable", reason="unknown_words")
    return _answer(said, clean, spoken, found, tree, used, law, limit)


def _answer(
    said: str,
    clean: str,
    spoken: str,
    found: Scored,
    tree: Nomenclature,
    model: Model,
    law: Law | None,
    limit: int,
) -> Classification:
    points, top = model.header.points, found.ranked[0][1]
    sums = reasons([code for code, _share in found.ranked[:limit]], found, model)
    agree = _all_agree(clean, sums[found.ranked[0][0]])
    sure = calibrated(top, points) if agree else min(calibrated(top, points), DISAGREED)
    # The others keep their order and their share of what is left.
    ratio = (1.0 - sure) / (1.0 - top) if top < 1.0 else 0.0
    shares = [sure, *(min(share * ratio, sure) for _code, share in found.ranked[1:limit])]
    ranked = [(code, share) for (code, _said), share in zip(found.ranked, shares, strict=False)]
    candidates = tuple(
        Candidate(
            hs6=code,
            probability=round(share, 4),
            path=_path(code, tree, spoken),
            because=because(sums[code]),
            lines=lines_under(code, share, clean, law, spoken) if law else (),
        )
        for code, share in ranked
    )
    if sure >= model.header.sure and found.known >= 0.5 and agree:
        return Classification(
            query=said, language=spoken, status="sure", hs6=candidates[0].hs6, candidates=candidates, notes=found.notes
        )
    near = [code for code, share in ranked if share >= SHARE * sure]
    question = question_between(near, tree, spoken, said[:80])
    return Classification(
        query=said, language=spoken, status="unsure", candidates=candidates, question=question, notes=found.notes
    )


def _all_agree(text: str, sums: Mapping[str, float]) -> bool:
    """Whether every word of a text speaks for a code, alone or in a pair: `cocoa butter lotion` is no cocoa butter.

    Runs without spaces have no words, and are not looked at. Vietnamese words have several syllables, written apart,
    of which not each speaks for a code.
    """
    support = dict.fromkeys((word for word in described_words(text) if not normalize.is_unspaced(word)), 0.0)
    for words, value in sums.items():
        for word in words.split():
            if word in support:
                support[word] += value
    least = AGREES * max(support.values(), default=0.0)
    against = sum(value <= least for value in support.values())
    return against <= (len(support) // 3 if language_of_text(text) == "vi" else 0)


def because(sums: Mapping[str, float]) -> tuple[str, ...]:
    """The words that speak for a code, the strongest first, without parts of words already named.

    >>> because({"roasted": 2.0, "coffee": 3.0, "coff": 1.0, "bag": -1.0})
    ('coffee', 'roasted')
    """
    chosen: list[str] = []
    for word in sorted((each for each in sums if sums[each] > 0), key=lambda each: (-sums[each], each)):
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
    return tuple(chosen[:MAX_BECAUSE])


def _several_goods(text: str, tree: Nomenclature, model: Model) -> bool:
    """Whether two parts of a text are different goods: each alone is sure of another chapter."""
    each = parts(text)
    if not 2 <= len(each) <= 6:
        return False
    chapters: set[str] = set()
    for part in each:
        found = score(part, (), tree, model)
        shares: dict[str, float] = {}
        for code, share in found.ranked if found.known >= 0.5 else ():
            shares[code[:2]] = shares.get(code[:2], 0.0) + share
        chapters.update(chapter for chapter, share in shares.items() if share >= TWO_GOODS)
    return len(chapters) > 1


def _path(code: str, tree: Nomenclature, language: str) -> tuple[Step, ...]:
    return tuple(Step(code=code[:size], name=tree.name(code[:size], language)) for size in (2, 4, 6))


def classify_many(
    texts: Iterable[str],
    *,
    tree: Nomenclature,
    law: Law | None = None,
    language: str | None = None,
    corrections: Mapping[str, str] | None = None,
    limit: int = 5,
    model: Model | None = None,
) -> Iterator[Classification]:
    """As `classify`, for each of many descriptions, in their order; the same description is classified once."""
    kept: dict[str, Classification] = {}
    for text in texts:
        found = kept.get(text)
        if found is None:
            found = classify(
                text, tree=tree, law=law, language=language, corrections=corrections, limit=limit, model=model
            )
            if len(kept) >= MAX_KEPT:
                kept.clear()
            kept[text] = found
        yield found
