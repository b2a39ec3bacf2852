"""The words that decided for a code, as somebody would read them: whole ones, not the parts that the model weighs."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from entrepot.goods import normalize
from entrepot.goods.classify.features import described_words

#: The words that are shown, at most.
MAX_WORDS = 4
#: A word that adds less than this share of what the strongest adds did not decide.
LEAST = 0.1
#: The longest name, in characters of a run and in Vietnamese syllables.
_MAX_RUN, _MAX_SYLLABLES = 14, 4
#: A letter of Thai or Lao that is read as two signs is written as one.
_WRITTEN = (("\u0e4d\u0e32", "\u0e33"), ("\u0ecd\u0eb2", "\u0eb3"))


def deciding_words(
    text: str, each: Iterable[Mapping[str, float]], names: Collection[str], language: str
) -> list[tuple[str, ...]]:
    """The words of a text that speak for each of some codes, the strongest first.

    `each`: for a code what each word, pair of words or part of a run without spaces adds, as `reasons` returns it.
    `names`: keys of names, at which a run is divided into words, and at which Vietnamese syllables are one word.

    >>> deciding_words("roasted coffee, bag", [{"roasted": 2.0, "coffee": 3.0, "coff": 1.0, "bag": -1.0}], (), "en")
    [('coffee', 'roasted')]
    >>> deciding_words("冻榴莲果肉", [{"冻榴": 2.0, "榴莲": 3.0, "果": 0.5}], ("榴莲", "果肉"), "zh")
    [('榴莲', '冻', '果肉')]
    """
    words = described_words(text)
    runs = [_Run(word, divided(word, names)) for word in words if normalize.is_unspaced(word)]
    others = [word for word in words if not normalize.is_unspaced(word)]
    phrases = list(_phrases(others, names)) if language == "vi" else []
    return [_strongest(_of_words(sums, runs, phrases) if runs or phrases else sums) for sums in each]


def _of_words(sums: Mapping[str, float], runs: Sequence[_Run], phrases: Iterable[str]) -> dict[str, float]:
    """What the words of runs, the phrases and the words outside them add."""
    found: dict[str, float] = {}
    for run in runs:
        for word, value in run.words(sums):
            found[word] = found.get(word, 0.0) + value
    rest = {word: value for word, value in sums.items() if not any(word in run.text for run in runs)}
    for phrase in phrases:
        inside = [word for word in rest if f" {word} " in f" {phrase} "]
        found[phrase] = sum(rest.pop(word) for word in inside)
    found.update(rest)
    return found


def _strongest(found: Mapping[str, float]) -> tuple[str, ...]:
    chosen: list[str] = []
    least = LEAST * max(found.values(), default=0.0)
    for word in sorted(found, key=lambda each: (-found[each], each)):
        if found[word] <= 0 or found[word] < least or len(chosen) == MAX_WORDS:
            break
        if not any(word in other or other in word for other in chosen):
            chosen.append(word)
    return tuple(_written(word) for word in chosen)


class _Run:
    """A run without spaces, the words into which it is divided, and where its parts begin."""

    __slots__ = ("_begins", "_pieces", "text")

    def __init__(self, text: str, pieces: Sequence[str]) -> None:
        self.text, self._pieces = text, pieces
        self._begins: dict[str, list[int]] = {}

    def words(self, sums: Mapping[str, float]) -> Iterator[tuple[str, float]]:
        """The words of the run, each with what the parts in it add; of a part across words, its share."""
        values = [0.0] * len(self.text)
        for part, value in sums.items():
            for begin in (begins := self._places(part)):
                share = value / (len(part) * len(begins))
                for at in range(begin, begin + len(part)):
                    values[at] += share
        begin = 0
        for word in self._pieces:
            yield word, sum(values[begin : begin + len(word)])
            begin += len(word)

    def _places(self, part: str) -> list[int]:
        found = self._begins.get(part)
        if found is None:
            found, at = [], self.text.find(part)
            while at >= 0:
                found.append(at)
                at = self.text.find(part, at + 1)
            self._begins[part] = found
        return found


def divided(run: str, names: Collection[str]) -> list[str]:
    """A run divided into names, with as few characters between them and as few words as possible.

    >>> divided("冷冻榴莲果肉", ("榴莲", "果肉", "冷冻", "冻榴莲")), divided("กาแฟคั่ว", ("กาแฟ",))
    (['冷冻', '榴莲', '果肉'], ['กาแฟ', 'คั่ว'])
    """
    least = 2 if normalize.is_han(run) or "\u3041" <= run[:1] <= "\u30ff" else 3
    # Of the rest of the run from each place: characters in no name, words, where the first word ends, and whether
    # that is a name.
    best: list[tuple[int, int, int, bool]] = [(0, 0, 0, True)] * (len(run) + 1)
    for at in range(len(run) - 1, -1, -1):
        outside, words, end, named = best[at + 1]
        joined = not named and at + 1 < len(run)
        found = (outside + 1, words if joined else words + 1, end if joined else at + 1, False)
        for end in range(min(at + _MAX_RUN, len(run)), at + least - 1, -1):
            if run[at:end] in names and not _is_mark(run[end : end + 1]):
                found = min(found, (best[end][0], best[end][1] + 1, end, True), key=lambda each: each[:2])
        best[at] = found
    pieces, at = [], 0
    while at < len(run):
        pieces.append(run[at : best[at][2]])
        at = best[at][2]
    return pieces


def _is_mark(sign: str) -> bool:
    """Whether a sign belongs to the one before it, as vowels of Thai and Khmer do."""
    return sign != "" and unicodedata.category(sign)[0] == "M"


def _phrases(words: list[str], names: Collection[str]) -> Iterator[str]:
    """The longest names in a row of Vietnamese syllables."""
    at = 0
    while at < len(words):
        sizes = range(min(_MAX_SYLLABLES, len(words) - at), 1, -1)
        size = next((each for each in sizes if "".join(words[at : at + each]) in names), 1)
        if size > 1:
            yield " ".join(words[at : at + size])
        at += size


def _written(word: str) -> str:
    for read, written in _WRITTEN:
        word = word.replace(read, written)
    return word
