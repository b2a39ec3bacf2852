"""An index of a list: which of its names may be like a name, without comparing all of them.

A Latin name is found by pairs of its words: by the consonants of both, or by one whole word and the first or the last
letters of the other, so that neither the order of the words, nor vowels, nor one wrong letter matter; and by all its
letters, so that spaces do not. A name of another
script is found by pieces of two or three characters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations, permutations
from typing import Final, NamedTuple

from entrepot.cooperation.screening.entries import ORGANIZATION, Entry
from entrepot.cooperation.screening.names import HAN, LATIN, Form, compared_in, forms_of, skeleton

#: Words of a name of which pairs are made, at most.
_MAX_WORDS: Final = 6
#: Names that share a key with so many others say little: those keys are used only where no other finds anything.
_COMMON: Final = 400
_FIRST: Final = str.maketrans("cqg", "kkk")


class Row(NamedTuple):
    """A name of an entry in one form. `entry`: its position in the list; `name`: which of its names."""

    entry: int
    name: int
    form: Form


class NameIndex:
    """The names of the entries of a list by their keys.

    >>> from entrepot.cooperation.screening.entries import ListedName
    >>> index = NameIndex([Entry(id="1", kind="person", names=(ListedName("Muammar QADHAFI"),))])
    >>> [row.form.joined for row in index.candidates(forms_of("Gaddafi, Moammar")[0])]
    ['muammarqadhafi']
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = tuple(entries)
        self.rows: list[Row] = []
        self._keys: dict[str, list[int]] = {}
        #: How many entries have names that can be compared in exactly these scripts.
        self.scripts: dict[frozenset[str], int] = {}
        for position, entry in enumerate(self.entries):
            scripts: set[str] = set()
            chinese = not {"JP", "KR", "JAPAN", "KOREA"} & {each.upper() for each in entry.countries}
            for number, name in enumerate(entry.names):
                forms = forms_of(name.text, chinese=chinese)
                scripts |= compared_in(name.text, forms, firm=entry.kind == ORGANIZATION)
                for form in forms:
                    for key in dict.fromkeys(keys_of(form)):
                        self._keys.setdefault(key, []).append(len(self.rows))
                    self.rows.append(Row(position, number, form))
            self.scripts[frozenset(scripts)] = self.scripts.get(frozenset(scripts), 0) + 1

    def candidates(self, form: Form) -> list[Row]:
        """The rows that share a key with a form."""
        keys, rows = self._keys, self.rows
        found: set[int] = set()
        common: list[list[int]] = []
        for key in keys_of(form):
            if (known := keys.get(key)) is not None:
                if len(known) > _COMMON:
                    common.append(known)
                else:
                    found.update(known)
        if not found:
            for known in common:
                found.update(known)
        return [rows[each] for each in found]

    def compared_with(self, scripts: frozenset[str]) -> tuple[int, int]:
        """How many entries have a name in one of these scripts, and how many have none."""
        compared = sum(count for has, count in self.scripts.items() if has & scripts)
        return compared, len(self.entries) - compared


def keys_of(form: Form) -> Iterator[str]:
    """The keys by which a form is found."""
    if form.script != LATIN:
        size = 2 if form.script == HAN else 3
        text = form.joined
        if len(text) <= size:
            yield f"{form.script}:{text}"
        for start in range(len(text) - size + 1):
            yield f"{form.script}:{text[start : start + size]}"
        return
    words = form.tokens[:_MAX_WORDS]
    yield "".join(sorted(form.joined))
    if len(words) == 1:
        yield f"1:{skeleton(form.joined)}{form.joined[:1]}"
        yield f"1:{form.joined[:5]}"
        return
    for first, second in combinations(sorted(map(skeleton, words)), 2):
        yield f"{first} {second}"
    for word, other in permutations(words, 2):
        # One word is right, and of the other its first letter or its last ones: one wrong letter leaves one of the two.
        yield f"<{word} {other[0].translate(_FIRST)}"
        yield f">{word} {other[-2:]}"
