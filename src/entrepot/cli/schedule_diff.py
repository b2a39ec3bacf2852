"""vintages: the command `schedule diff`: which lines' rates differ between two schedules, or from the pack's own."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import day_of, packs_of, today
from entrepot.cli.quote_context import heading, joined
from entrepot.cli.schedule import one, pack_of
from entrepot.cli.wrap import indented
from entrepot.language import translate
from entrepot.language.translate import _, label, number, plural
from entrepot.law.check import in_force
from entrepot.law.layers import Layer, data_folder
from entrepot.law.library import Library
from entrepot.law.overlay import read_body
from entrepot.law.read import Row
from entrepot.model.codes import dotted
from entrepot.model.errors import PackError
from entrepot.schedules.compare import Change, differences
from entrepot.schedules.install import lying

#: So many lines of each treatment are printed.
PRINTED = 12
SIGNS = {"changes": ("~", "yellow"), "begins": ("+", "green"), "ends": ("-", "red")}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a schedule, or where `layer` is None the pack's own rows."""

    pack: str
    layer: Layer | None

    @property
    def name(self) -> str:
        """As it is shown: `jp/2026-07-09`, or `jp`."""
        return self.layer.head.label if self.layer else self.pack

    def rows(self, house: Library, on: dt.date) -> list[Row]:
        """Its tariff rows in force on a day."""
        if self.layer is None:
            return [row for row in house.pack(self.pack).rows("tariff") if in_force(row, on)]
        body = read_body(self.layer)
        if body.faults:
            raise PackError(body.faults)
        # A vintage is compared as it stood, also after the next one took its place.
        day = min(max(on, self.layer.head.since), self.layer.head.until or on)
        return [row for row in body.rows("tariff") if in_force(row, day)]


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot schedule diff A [B]`."""
    words = list(given["words"])
    if len(words) > 2:
        example = "entrepot schedule diff jp/2026-04-01 jp/2026-07-09"
        raise Stop(
            exit_codes.USAGE, "invalid", _("Name one schedule or two, for example: {example}.").format(example=example)
        )
    house = packs_of(given["packs"])
    sides = [_side(house, word) for word in words]
    if len(sides) == 1:
        # One alone is compared with what its pack says itself; a pack with the last schedule that is kept for it.
        sides = [Side(sides[0].pack, None), sides[0] if sides[0].layer else _newest(sides[0].pack)]
    if sides[0].pack != sides[1].pack:
        raise Stop(exit_codes.USAGE, "invalid", _("Two countries' schedules are not compared."))
    on = day_of(given["on"], "--on") or max((side.layer.head.since for side in sides if side.layer), default=today())
    before, after = (side.rows(house, on) for side in sides)
    wanted = given["treatment"]
    # Of what a part of a schedule does not speak of there is nothing to compare.
    codes = tuple(code for side in sides if side.layer for code in side.layer.head.codes)
    changes = differences(before, after, codes)
    found = [each for each in changes if wanted in (None, each.treatment)]
    names = [side.name for side in sides]
    if given["json"]:
        head = {"object": "schedule_diff", "before": names[0], "after": names[1], "date": on.isoformat()}
        exit_codes.put_json({**head, "changes": [{"kind": each.kind, **msgspec.to_builtins(each)} for each in found]})
        return exit_codes.ANSWERED
    screen = terminal.console()
    terminal.put(screen, _page(names, on, found, given["all"], terminal.width_of(screen)))
    return exit_codes.ANSWERED


def _side(house: Library, text: str) -> Side:
    name = text.strip().lower()
    if name in house.ids() or name.upper() in house.world.economies:
        return Side(pack_of(house, text), None)
    lain = one(house, text)
    if lain.layer is None:
        raise Stop(exit_codes.PACK_FAULTS, "pack_faults", lain.fault, "ID")
    return Side(lain.pack, lain.layer)


def _newest(pack: str) -> Side:
    found = [each.layer for each in lying(data_folder(), [pack]) if each.layer]
    if not found:
        message = _("No schedule of {pack} is kept to compare it with.").format(pack=pack)
        raise Stop(exit_codes.NO_LAW, "no_schedule", message, "ID")
    return Side(pack, found[-1])


def _page(names: list[str], on: dt.date, found: list[Change], whole: bool, width: int) -> list[Text]:
    head = indented(f"{names[0]} → {names[1]}", width, " ", "bold")
    head += indented(_("rates in force on {day}").format(day=translate.day(on.isoformat())), width, " ", "dim")
    if not found:
        return [*head, *indented(_("No rate differs."), width, " ")]
    parts = [head, _summary(found, width)]
    for treatment in sorted({each.treatment for each in found}):
        mine = [each for kind in SIGNS for each in found if (each.treatment, each.kind) == (treatment, kind)]
        lines = [heading(f"{label(treatment)} ({number(str(len(mine)))})")]
        for each in mine if whole else mine[:PRINTED]:
            sign, colour = SIGNS[each.kind]
            where = " ".join(filter(None, (dotted(each.goods), each.origin, each.season, each.scope)))
            said = f"{where}: {_word(each.before)} → {_word(each.after)}"
            lines += indented(said, width, f"   {sign} ", first_style=colour)
        if not whole and len(mine) > PRINTED:
            more = _("… and {n} more: --all prints them.").format(n=number(str(len(mine) - PRINTED)))
            lines += indented(more, width, "   ", "dim")
        parts.append(lines)
    return joined(parts)


def _summary(found: list[Change], width: int) -> list[Text]:
    counted = Counter(each.kind for each in found)
    said = {
        "changes": plural(counted["changes"], "{n} rate changes", "{n} rates change"),
        "begins": plural(counted["begins"], "{n} is only in the second", "{n} are only in the second"),
        "ends": plural(counted["ends"], "{n} is only in the first", "{n} are only in the first"),
    }
    text = " · ".join(each for kind, each in said.items() if counted[kind])
    return indented(text, width, " ")


def _word(rate: str | None) -> str:
    return "—" if rate is None else label(rate)
