"""The names of goods in any language: of the lines of an economy's schedule and of the world's headings.

The Harmonized System is the same everywhere down to six digits. So the Chinese names of one schedule help to find the
lines of another that has no Chinese names. A name is shown for another place only if the line covers all of its six
digits (`09012100`), and together with the pack it comes from.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from entrepot.goods.normalize import fold
from entrepot.law.compiled import Law, World

WORLD = "world"
#: The pack of a fictional place: its names are not used for other places.
EXAMPLE = "zz"
#: Code -> language -> everyday names.
EverydayNames = Mapping[str, Mapping[str, tuple[str, ...]]]
#: Names without meaning unless the names above are known, folded.
OTHERS = frozenset({"其他", "other", "others", "khac", "loai khac", "อื่น ๆ", "อื่นๆ", "ផ្សេងទៀត", "ផ្សេងៗ"})


@dataclass(frozen=True, slots=True)
class NamedGoods:
    """The names of one code.

    `declarable`: it has six digits or more, and there is no finer code under it. `names`: its own, by language, each
    with its pack. `shared`: likewise the names of its six digits in other languages. `called`: everyday names by
    language, for the code or for a shorter one; `whole`: for the code itself. `above`: other texts by which to find
    it.
    """

    code: str
    declarable: bool
    names: dict[str, tuple[str, str]]
    shared: dict[str, tuple[str, str]]
    called: Mapping[str, tuple[str, ...]]
    whole: bool
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SharedNames:
    """The names of six-digit codes in schedules, by code.

    `names`: to show, by language, with their pack; `texts`: to find the codes by.
    """

    names: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    texts: dict[str, dict[str, None]] = field(default_factory=dict)


def shared_names(laws: Iterable[Law], languages: Iterable[str]) -> SharedNames:
    """The names that the schedules of all places have for six-digit codes, in these languages."""
    found, wanted = SharedNames(), frozenset(languages)
    for law in laws:
        if law.pack == EXAMPLE or not wanted & {naming.language for naming in law.naming}:
            continue
        for code in law.named:
            for language, text in law.names(law.index[code]).items():
                if len(code) < 6 or language not in wanted:
                    continue
                found.texts.setdefault(code[:6], {})[text] = None
                if not code[6:].strip("0") and fold(text).strip() not in OTHERS:
                    found.names.setdefault(code[:6], {}).setdefault(language, (text, law.pack))
    return found


def goods_of(world: World, law: Law | None, help_of: SharedNames, called: EverydayNames) -> Iterator[NamedGoods]:
    """All goods with a name in an economy's law, or the world's headings, in the order of their codes.

    Six digits that are one undivided line of the schedule are represented by that line.
    """
    headings, lines = world.headings, law.named if law else []
    for code in sorted({*headings, *lines}):
        at = bisect_left(lines, code)
        own = at < len(lines) and lines[at] == code
        under = lines[at + own : at + own + 2]
        under = [line for line in under if line.startswith(code)]
        names = {name: (text, law.pack) for name, text in law.names(law.index[code]).items()} if law and own else {}
        if len(code) == 6 and not names and len(under) == 1 and not under[0][6:].strip("0"):
            continue
        if code in headings:
            names.setdefault("en", (headings[code], WORLD))
        words, whole = _everyday_names_of(code, called)
        yield NamedGoods(
            code=code,
            declarable=len(code) >= 6 and not under,
            names=names,
            shared=_shared_with(code, names, headings, help_of),
            called=words,
            whole=whole,
            above=(headings.get(code[:4], "") if len(code) > 4 else "", *help_of.texts.get(code[:6], ())),
        )


def _everyday_names_of(code: str, called: EverydayNames) -> tuple[Mapping[str, tuple[str, ...]], bool]:
    """The everyday names of a code, or else of its six digits; and whether they are names of the code itself."""
    plain = code[:6] if not code[6:].strip("0") else code
    if plain in called:
        return called[plain], True
    return called.get(code[:6], {}), False


def _shared_with(
    code: str, names: Mapping[str, tuple[str, str]], headings: Mapping[str, str], help_of: SharedNames
) -> dict[str, tuple[str, str]]:
    """The names of a code's six digits, in the languages in which the code has no name of its own."""
    if len(code) < 6:
        return {}
    found = dict(help_of.names.get(code[:6], {}))
    if english := headings.get(code[:6]) or headings.get(code[:4]):
        found["en"] = (english, WORLD)
    return {language: said for language, said in found.items() if language not in names}
