"""packlist: the commands `packs`, `packs show` and `packs check`: which law there is, and how far it can be trusted."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import packs_of
from entrepot.cli.quote_context import joined
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import cell_len, fold, indented, pad
from entrepot.language import translate
from entrepot.language.translate import _, label, number, of_pack, plural
from entrepot.law.inventory import Counted, count
from entrepot.law.library import Library
from entrepot.model.errors import meant
from entrepot.model.sources import TRUST


def listing(given: Mapping[str, Any]) -> int:
    """Answers `entrepot packs`."""
    house = packs_of(given["packs"])
    packs = [count(house.folder / name) for name in house.ids()]
    if given["json"]:
        exit_codes.put_json({"object": "list", "data": [pack.as_json() for pack in packs]})
        return exit_codes.ANSWERED
    screen = terminal.console()
    width = terminal.width_of(screen)
    terminal.put(screen, joined([_table(packs, width), _summary(packs, width)]))
    return exit_codes.ANSWERED


def _table(packs: list[Counted], width: int) -> list[Text]:
    titles = [_("lines"), _("rows"), _("cases"), _("official"), _("published"), _("unchecked"), _("read")]
    rows = []
    for pack in packs:
        whole = sum(pack.trust[name] for name in TRUST) or 1
        shares = [f"{round(100 * pack.trust[name] / whole)} %" for name in TRUST]
        counts = [number(str(each)) for each in (pack.lines, pack.rows, pack.cases)]
        rows.append([*counts, *shares, str(pack.head.get("read_on", "—"))])
    wide = width >= 90
    shown = list(range(len(titles))) if wide else [0, 1, 2, 3, 5]
    sizes = {i: max(cell_len(row[i]) for row in [titles, *rows]) + 2 for i in shown}
    space = width - sum(sizes.values()) - 1
    head = Text(pad(f" {_('Packs of law')}", space), style="bold cyan")
    for i in shown:
        head.append(pad(titles[i], sizes[i], right=True), style="dim")
    lines = [head]
    for pack, row in zip(packs, rows, strict=True):
        name = fold(of_pack(str(pack.head.get("title", pack.id))), space - 9)[0]
        line = Text(f"   {pad(pack.id, 4)}").append(pad(name, space - 7), style="bold")
        for i in shown:
            line.append(pad(row[i], sizes[i], right=True), style=COLOURS[TRUST[i - 3]] if 3 <= i <= 5 else "")
        lines.append(line)
        if pack.fault:
            lines += indented(pack.fault, width, "       ", "red")
    return lines


def _summary(packs: list[Counted], width: int) -> list[Text]:
    economies = sum(len(pack.head.get("economies", [])) for pack in packs)
    said = [
        plural(len(packs), "{n} pack", "{n} packs"),
        plural(economies, "{n} economy", "{n} economies"),
        plural(sum(pack.rows for pack in packs), "{n} row of law", "{n} rows of law"),
        plural(sum(pack.cases for pack in packs), "{n} worked case", "{n} worked cases"),
    ]
    lines = indented(" · ".join(said), width, " ", "dim")
    return lines + indented(_("What a pack is known not to say: entrepot packs show cn"), width, " ", "dim")


def show(given: Mapping[str, Any]) -> int:
    """Answers `entrepot packs show NAME`."""
    house = packs_of(given["packs"])
    name = str(given["name"]).strip().lower()
    known = [*house.ids(), "world"]
    if name not in known:
        message = (
            _("There is no pack {text}.").format(text=repr(given["name"]))
            + meant(name, known, _)
            + " "
            + _("`entrepot packs` lists them.")
        )
        raise Stop(exit_codes.NO_LAW, "no_law", message, "PACK")
    pack = count(house.folder / name)
    if given["json"]:
        exit_codes.put_json(
            {
                "object": "pack",
                **pack.as_json(),
                "coverage": pack.coverage,
                "tables": pack.tables,
                "regimes": pack.regimes,
            }
        )
        return exit_codes.ANSWERED
    if not pack.fault:
        read = house.pack(name)
        if read.head:
            translate.use_words(read.head.language, read.words, read.head.title, read.head.economies)
    screen = terminal.console()
    terminal.put(screen, _one(pack, terminal.width_of(screen)))
    return exit_codes.ANSWERED


def _one(pack: Counted, width: int) -> list[Text]:
    head = pack.head
    lines = indented(f"{translate.place_of_law(str(head.get('title', pack.id)))} ({pack.id})", width, " ", "bold")
    facts = [
        (_("authority"), of_pack(str(head.get("authority", "—")))),
        (_("currency"), str(head.get("currency", "—"))),
        (_("read"), f"{translate.day(str(head.get('read_on', '')))}, {head.get('read_by', '—')}"),
        (_("checked with"), of_pack(str(head.get("checked_with", "—")))),
        (_("rows"), ", ".join(f"{name} {number(str(rows))}" for name, rows in pack.tables.items())),
        (_("trust"), ", ".join(f"{label(name)} {number(str(pack.trust[name]))}" for name in TRUST)),
        (_("complete"), ", ".join(name for name, word in pack.coverage.items() if word == "complete") or "—"),
        (_("worked cases"), number(str(pack.cases))),
    ]
    size = max(cell_len(name) for name, _value in facts) + 5
    for name, value in facts:
        lines += indented(value, width, pad(f"   {name}", size), first_style="dim")
    parts = [lines]
    if pack.fault:
        parts.append(indented(pack.fault, width, "   ", "red"))
    if pack.regimes:
        parts.append(
            [
                Text(f" {_('Ways in')}", style="bold cyan"),
                *(line for each in pack.regimes for line in indented(of_pack(each), width, "   ")),
            ]
        )
    limits = [
        line
        for number_of, each in enumerate(head.get("limits", []), 1)
        for line in indented(of_pack(str(each)), width, f" {number_of:>3} ", first_style="dim")
    ]
    if limits:
        parts.append([Text(f" {_('What it is known not to say')}", style="bold cyan"), *limits])
    return joined(parts)


def check(given: Mapping[str, Any]) -> int:
    """Answers `entrepot packs check PATH…`: every fault with its place and the way out."""
    house = Library(Path(given["packs"])) if given["packs"] else Library()
    found = {path: house.check(Path(path)) for path in given["paths"]}
    faults = sum(map(len, found.values()))
    if given["json"]:
        data = [
            {"path": path, "file": each.file, "row": each.row, "column": each.column, "message": each.message}
            for path, all_of in found.items()
            for each in all_of
        ]
        exit_codes.put_json({"object": "list", "data": data})
        return exit_codes.PACK_FAULTS if faults else exit_codes.ANSWERED
    screen = terminal.console()
    width = terminal.width_of(screen)
    lines = []
    for path, each_of in found.items():
        mark = Text(f"{path}: ", style="bold").append(
            plural(len(each_of), "{n} fault", "{n} faults"), style="red" if each_of else "green"
        )
        lines.append(mark)
        for fault in each_of:
            place = fault.file + (f":{fault.row}" if fault.row else "") + (f" [{fault.column}]" if fault.column else "")
            lines += [Text(f"  {place}", style="yellow"), *indented(fault.message, width, "    ")]
    terminal.put(screen, lines)
    return exit_codes.PACK_FAULTS if faults else exit_codes.ANSWERED
