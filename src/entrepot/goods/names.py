"""naming: what goods are called: by the lines of an economy's schedule, by the headings of the world, in any language.

The Harmonized System is the same everywhere down to six digits. So what one schedule calls its lines in Chinese helps
to find the lines of another that has no Chinese names; a name is shown for another place only where the line is the
whole of its six digits (`09012100`), and then with the pack that says so.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from entrepot.goods.normalize import folded
from entrepot.law.compiled import Law, World

WORLD = "world"
#: The pack of a place that is not there: its goods help nobody else.
EXAMPLE = "zz"
#: Code -> language -> words of every day.
Called = Mapping[str, Mapping[str, tuple[str, ...]]]
#: What says nothing without the names above it, folded.
OTHERS = frozenset({"其他", "other", "others", "khac", "loai khac", "อื่น ๆ", "อื่นๆ", "ផ្សេងទៀត", "ផ្សេងៗ"})


@dataclass(frozen=True, slots=True)
class Named:
    """Goods under one code.

    `declarable`: nothing finer is held under it, and it has six digits or more. `names`: its own, by language, each
    with the pack that says it. `lent`: likewise what its six digits are called, in other languages. `called`: words of
    every day, by language, for it or for what it stands under; `whole`: for it itself. `above`: other texts that help
    to find it.
    """

    code: str
    declarable: bool
    names: dict[str, tuple[str, str]]
    lent: dict[str, tuple[str, str]]
    called: Mapping[str, tuple[str, ...]]
    whole: bool
    above: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lent:
    """What schedules call six digits: `names` to be shown, by language, with their pack; `texts` to find them by."""

    names: dict[str, dict[str, tuple[str, str]]] = field(default_factory=dict)
    texts: dict[str, dict[str, None]] = field(default_factory=dict)


def lent(laws: Iterable[Law], languages: Iterable[str]) -> Lent:
    """What the schedules of all places lend to the six digits of their lines, in these languages."""
    found, wanted = Lent(), frozenset(languages)
    for law in laws:
        if law.pack == EXAMPLE or not wanted & {naming.language for naming in law.naming}:
            continue
        for code in law.named:
            for language, text in law.names(law.index[code]).items():
                if len(code) < 6 or language not in wanted:
                    continue
                found.texts.setdefault(code[:6], {})[text] = None
                if not code[6:].strip("0") and folded(text).strip() not in OTHERS:
                    found.names.setdefault(code[:6], {}).setdefault(language, (text, law.pack))
    return found


def goods_of(world: World, law: Law | None, help_of: Lent, called: Called) -> Iterator[Named]:
    """All goods that an economy's law names, or the world's headings, in the order of their codes.

    Six digits that are one undivided line of the schedule are that line.
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
        words, whole = _called(code, called)
        yield Named(
            code=code,
            declarable=len(code) >= 6 and not under,
            names=names,
            lent=_lent_to(code, names, headings, help_of),
            called=words,
            whole=whole,
            above=(headings.get(code[:4], "") if len(code) > 4 else "", *help_of.texts.get(code[:6], ())),
        )


def _called(code: str, called: Called) -> tuple[Mapping[str, tuple[str, ...]], bool]:
    """What people call goods, or else what they stand under; whether it is they themselves that are called so."""
    plain = code[:6] if not code[6:].strip("0") else code
    if plain in called:
        return called[plain], True
    return called.get(code[:6]) or called.get(code[:4]) or {}, False


def _lent_to(
    code: str, names: Mapping[str, tuple[str, str]], headings: Mapping[str, str], help_of: Lent
) -> dict[str, tuple[str, str]]:
    """Names of what a code stands under, in the languages that it has no own name in."""
    if len(code) < 6:
        return {}
    found = dict(help_of.names.get(code[:6], {}))
    if english := headings.get(code[:6]) or headings.get(code[:4]):
        found["en"] = (english, WORLD)
    return {language: said for language, said in found.items() if language not in names}
