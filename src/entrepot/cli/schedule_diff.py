"""The command `schedule diff`: lines whose rates differ between two schedules, or from the pack's own rows."""

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
from entrepot.cli.quote import open_packs, read_day, today
from entrepot.cli.schedule import find_schedule, pack_id
from entrepot.cli.wrap import heading, indent_lines, join_parts
from entrepot.language import translate
from entrepot.language.translate import _, label, number, plural
from entrepot.law.check import in_force
from entrepot.law.layers import Layer, data_folder
from entrepot.law.library import Library
from entrepot.law.overlay import read_body
from entrepot.law.read import Row
from entrepot.model.codes import dotted
from entrepot.model.errors import PackError, in_quotes
from entrepot.schedules.compare import Change, differences
from entrepot.schedules.install import find_installed

#: Lines of each treatment that are printed at most, without `--all`.
MAX_CHANGES = 12
SYMBOLS = {"changes": ("~", "yellow"), "begins": ("+", "green"), "ends": ("-", "red")}


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison: a schedule, or the pack's own rows where `layer` is None."""

    pack: str
    layer: Layer | None

    @property
    def name(self) -> str:
        """The name on the page: `jp/2026-07-09`, or `jp`."""
        return self.layer.head.label if self.layer else self.pack

    def rows(self, library: Library, on: dt.date) -> list[Row]:
        """Its tariff rows in force on a day."""
        if self.layer is None:
            return [row for row in library.pack(self.pack).rows("tariff") if in_force(row, on)]
        body = read_body(self.layer)
        if body.faults:
            raise PackError(body.faults)
        # A schedule is compared within its own period, also after the next one replaced it.
        day = min(max(on, self.layer.head.since), self.layer.head.until or on)
        return [row for row in body.rows("tariff") if in_force(row, day)]


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot schedule diff A [B]`."""
    words = list(arguments["words"])
    if len(words) > 2:
        example = "entrepot schedule diff jp/2026-04-01 jp/2026-07-09"
        raise Stop(
            exit_codes.USAGE, "invalid", _("Give one schedule or two, for example: {example}.").format(example=example)
        )
    library = open_packs(arguments["packs"])
    sides = [_side(library, word) for word in words]
    if len(sides) == 1:
        # One schedule alone is compared with the rows of its pack; a pack with its newest schedule.
        sides = [Side(sides[0].pack, None), sides[0] if sides[0].layer else _newest(sides[0].pack)]
    if sides[0].pack != sides[1].pack:
        raise Stop(exit_codes.USAGE, "invalid", _("Schedules of two countries cannot be compared."))
    on = read_day(arguments["on"], "--on") or max(
        (side.layer.head.since for side in sides if side.layer), default=today()
    )
    before, after = (side.rows(library, on) for side in sides)
    wanted = arguments["treatment"]
    if wanted is not None:
        _require_treatment(wanted, {row["treatment"] for row in (*before, *after)})
    # A schedule of some codes only is compared for these codes only.
    codes = tuple(code for side in sides if side.layer for code in side.layer.head.codes)
    changes = differences(before, after, codes)
    found = [each for each in changes if wanted in (None, each.treatment)]
    names = [side.name for side in sides]
    if arguments["json"]:
        head = {"object": "schedule_diff", "before": names[0], "after": names[1], "date": on.isoformat()}
        exit_codes.put_json({**head, "changes": [{"kind": each.kind, **msgspec.to_builtins(each)} for each in found]})
        return exit_codes.SUCCESS
    screen = terminal.console()
    terminal.put_lines(screen, _page(names, on, found, arguments["all"], terminal.width_of(screen)))
    return exit_codes.SUCCESS


def _side(library: Library, text: str) -> Side:
    name = text.strip().lower()
    if name in library.ids() or name.upper() in library.world.economies:
        return Side(pack_id(library, text), None)
    schedule = find_schedule(library, text)
    if schedule.layer is None:
        raise Stop(exit_codes.PACK_FAULTS, "pack_faults", schedule.fault, "ID")
    return Side(schedule.pack, schedule.layer)


def _require_treatment(wanted: str, known: set[str]) -> None:
    """Raises Stop for a treatment of which neither side has a row: that no rates differ would be a wrong answer."""
    if wanted not in known:
        text = _("No rate of the treatment {text} is in force here. Treatments: {known}.")
        message = text.format(text=in_quotes(wanted), known=", ".join(sorted(known)) or "—")
        raise Stop(exit_codes.USAGE, "invalid", message, "--treatment")


def _newest(pack: str) -> Side:
    layers = [each.layer for each in find_installed(data_folder(), [pack]) if each.layer]
    if not layers:
        message = _("No other schedule of {pack} is installed to compare with.").format(pack=pack)
        raise Stop(exit_codes.NO_LAW, "no_schedule", message, "ID")
    return Side(pack, layers[-1])


def _page(names: list[str], on: dt.date, found: list[Change], all_: bool, width: int) -> list[Text]:
    head = indent_lines(f"{names[0]} → {names[1]}", width, " ", "bold")
    head += indent_lines(_("rates in force on {day}").format(day=translate.day(on.isoformat())), width, " ", "dim")
    if not found:
        return [*head, *indent_lines(_("No rates differ."), width, " ")]
    parts = [head, _summary(found, width)]
    for treatment in sorted({each.treatment for each in found}):
        changes = [each for kind in SYMBOLS for each in found if (each.treatment, each.kind) == (treatment, kind)]
        lines = [heading(f"{label(treatment)} ({number(str(len(changes)))})")]
        for each in changes if all_ else changes[:MAX_CHANGES]:
            symbol, colour = SYMBOLS[each.kind]
            where = " ".join(filter(None, (dotted(each.goods), each.origin, each.season, each.scope)))
            text = f"{where}: {_rate_text(each.before)} → {_rate_text(each.after)}"
            lines += indent_lines(text, width, f"   {symbol} ", first_style=colour)
        if not all_ and len(changes) > MAX_CHANGES:
            more = _("… and {n} more: --all prints all.").format(n=number(str(len(changes) - MAX_CHANGES)))
            lines += indent_lines(more, width, "   ", "dim")
        parts.append(lines)
    return join_parts(parts)


def _summary(found: list[Change], width: int) -> list[Text]:
    counts = Counter(each.kind for each in found)
    texts = {
        "changes": plural(counts["changes"], "{n} rate changes", "{n} rates change"),
        "begins": plural(counts["begins"], "{n} is only in the second", "{n} are only in the second"),
        "ends": plural(counts["ends"], "{n} is only in the first", "{n} are only in the first"),
    }
    text = " · ".join(each for kind, each in texts.items() if counts[kind])
    return indent_lines(text, width, " ")


def _rate_text(rate: str | None) -> str:
    return "—" if rate is None else label(rate)
