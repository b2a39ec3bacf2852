"""Compare a party with a list: index first, then a score with its reasons.

A score is a reason to look, not a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final

from entrepot.cooperation.screening.entries import (
    HIT,
    NO_HIT,
    NOT_COMPARABLE,
    ORGANIZATION,
    PERSON,
    PRIMARY,
    THRESHOLD,
    WEAK,
    Entry,
    Match,
    Party,
    Result,
)
from entrepot.cooperation.screening.index import NameIndex, Row
from entrepot.cooperation.screening.names import (
    HAN,
    LATIN,
    Form,
    compared_in,
    forms_of,
    plain,
    script_of,
    skeleton,
)

#: Matches that are kept of a party at most, the best first.
MAX_MATCHES: Final = 10
#: What is taken from a score, in hundredths, where other facts differ.
_BIRTH_YEAR, _COUNTRY, _KIND = 15, 5, 10
_NOT_CHINESE: Final = frozenset({"JP", "KR", "KP"})
#: From which score names with the same consonants are one name, and how long their words are at least.
_SOUNDS, _LONG = 81, 4
#: Letters of a name that may be another one without its middle names; Chinese characters of a name of a firm.
_SHORTEST, _LONG_HAN = 8, 6


@cache
def _fuzzy() -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The functions of RapidFuzz, loaded once: a comparison with many texts, and the likeness of two."""
    from rapidfuzz import fuzz, process

    return process.extract, fuzz.ratio


def screen(index: NameIndex, party: Party, threshold: int = THRESHOLD) -> Result:
    """What a list says of a party: hit, no hit, or not comparable.

    >>> from entrepot.cooperation.screening.entries import ListedName
    >>> index = NameIndex([Entry(id="1", kind="person", names=(ListedName("ZHANG Wei"),), births=("1970",))])
    >>> [screen(index, Party(names=(name,))).outcome for name in ("Zhang, Wei", "张伟", "Nguyen Van A", "សុខ ដារា")]
    ['hit', 'hit', 'no_hit', 'not_comparable']
    """
    chinese = party.country not in _NOT_CHINESE
    names = {name: forms_of(name, chinese=chinese) for name in party.names}
    forms = [form for each in names.values() for form in each]
    best: dict[int, Match] = {}
    wanted = frozenset(map(_identifier, party.identifiers)) - {""}
    if wanted:
        best |= _by_identifier(index, wanted)
    for form in forms:
        rows = [row for row in index.candidates(form) if row.form.script == form.script]
        for row, score, because in _alike(form, rows, threshold):
            entry = index.entries[row.entry]
            rest, told = _doubts(score, because, entry, entry.names[row.name].quality, party)
            known = best.get(row.entry)
            if rest >= threshold and (known is None or rest > known.score):
                name = entry.names[row.name].text
                best[row.entry] = Match(entry=entry.id, score=rest, name=name, because=told)
    firm = party.kind == ORGANIZATION
    scripts = frozenset(script for name, each in names.items() for script in compared_in(name, each, firm=firm))
    compared, uncompared = index.compared_with(scripts)
    found = tuple(sorted(best.values(), key=lambda each: (-each.score, each.entry))[:MAX_MATCHES])
    outcome = HIT if found else (NOT_COMPARABLE if uncompared else NO_HIT)
    read = any(script_of(name) == HAN for name in party.names) and chinese and not _has_latin(party)
    assumed = ("read_as_chinese",) if read else ()
    return Result(outcome=outcome, matches=found, compared=compared, uncompared=uncompared, assumed=assumed)


def _has_latin(party: Party) -> bool:
    return any(script_of(name) == LATIN for name in party.names)


def _alike(form: Form, rows: list[Row], threshold: int) -> Iterator[tuple[Row, int, tuple[str, ...]]]:
    """The rows that are like a form, each with its score in hundredths and the reason."""
    if form.script != LATIN:
        yield from _native_alike(form, rows, threshold)
        return
    extract, ratio = _fuzzy()
    ordered = [row.form.ordered for row in rows]
    words, letters = set(form.tokens), len(form.joined)
    scores = {
        at: score
        for _text, score, at in extract(form.ordered, ordered, scorer=ratio, score_cutoff=threshold, limit=None)
    }
    # The same letters with other spaces, in the order of either: Xi Jinping, Jin Ping Xi.
    others = {at: row.form.joined for at, row in enumerate(rows) if len(row.form.tokens) != len(form.tokens)}
    if others:
        for text in {
            form.joined,
            "".join((*form.tokens[1:], form.tokens[0])),
            "".join((form.tokens[-1], *form.tokens[:-1])),
        }:
            for _text, score, at in extract(text, others, scorer=ratio, score_cutoff=threshold, limit=None):
                scores[at] = max(score, scores.get(at, 0))
    for at, row in enumerate(rows):
        other = row.form
        if (score := scores.get(at, 0)) >= threshold:
            yield row, round(score), ("same_name",) if score == 100 else ("similar_name",)
        elif other.sounds == form.sounds and _sound_alike(form, other):
            yield row, max(threshold, THRESHOLD + 1), ("similar_sound",)
        elif len(other.tokens) != len(form.tokens) and _is_part(words, letters, other):
            yield row, 92 - 2 * abs(len(other.tokens) - len(words)), ("fewer_names",)


def _native_alike(form: Form, rows: list[Row], threshold: int) -> Iterator[tuple[Row, int, tuple[str, ...]]]:
    """As `_alike`, in a script without words. Of a name in Chinese characters one is a third: it is the same or not."""
    _extract, ratio = _fuzzy()
    for row in rows:
        score = round(ratio(form.joined, row.form.joined))
        if score >= threshold and (form.script != HAN or score == 100 or len(form.joined) > _LONG_HAN):
            yield row, score, ("native_name",)


def _is_part(words: set[str], letters: int, other: Form) -> bool:
    """Whether a name is the other without some of its names. One word, or two short ones, are not enough."""
    theirs = set(other.tokens)
    fewer = words if len(words) < len(theirs) else theirs
    size = letters if fewer is words else len(other.joined)
    return len(fewer) >= 2 and size >= _SHORTEST and (words <= theirs or theirs <= words)


def _sound_alike(one: Form, other: Form) -> bool:
    """Whether two names of long words with the same consonants are alike: Mohammed, Muhamad."""
    if len(one.tokens) < 2 or min(map(len, (*one.tokens, *other.tokens))) < _LONG:
        return False
    _extract, ratio = _fuzzy()
    first, second = (" ".join(sorted(each.tokens, key=skeleton)) for each in (one, other))
    return bool(ratio(first, second) >= _SOUNDS)


def _doubts(
    score: int, because: tuple[str, ...], entry: Entry, quality: str, party: Party
) -> tuple[int, tuple[str, ...]]:
    """The score after what else is known: birth, country, kind, and how much the name of the list says."""
    support = False
    if party.birth and entry.births:
        years = {abs(int(each[:4]) - int(party.birth[:4])) for each in entry.births if each[:4].isdigit()}
        if years and min(years) <= 1:
            support, because = True, (*because, "birth_agrees")
        elif years:
            score, because = score - _BIRTH_YEAR, (*because, "birth_differs")
    if party.country and entry.countries:
        if party.country in entry.countries:
            support, because = True, (*because, "country_agrees")
        elif all(len(each) == 2 for each in entry.countries):
            score, because = score - _COUNTRY, (*because, "country_differs")
    if party.kind and party.kind != entry.kind and PERSON in {party.kind, entry.kind}:
        score, because = score - _KIND, (*because, "kind_differs")
    if quality == WEAK and not support:
        return 0, (*because, "weak_alias")
    if quality != PRIMARY:
        because = (*because, f"{quality}_alias")
    return score, because


def _identifier(text: str) -> str:
    return plain(text).replace(" ", "")


def _by_identifier(index: NameIndex, wanted: frozenset[str]) -> dict[int, Match]:
    found = {}
    for position, entry in enumerate(index.entries):
        if any(_identifier(each) in wanted for each in entry.identifiers):
            name = entry.names[0].text if entry.names else ""
            found[position] = Match(entry=entry.id, score=100, name=name, because=("same_identifier",))
    return found
