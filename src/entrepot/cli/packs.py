"""The commands `packs`, `packs show` and `packs check`: the packs of law, their contents, trust and faults."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import open_packs
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import cell_len, fold, indent_lines, join_parts, pad
from entrepot.language import law_text, translate
from entrepot.language.translate import _, label, number, pack_text, plural
from entrepot.language.typed_names import TYPED_NAMES
from entrepot.law.inventory import PackSummary, summarize
from entrepot.law.library import Library
from entrepot.model.errors import in_quotes, meant
from entrepot.model.sources import PACK_TRUST


def list_packs(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot packs`."""
    library = open_packs(arguments["packs"])
    packs = [summarize(library.folder / name) for name in library.ids()]
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [pack.as_json() for pack in packs]})
        return exit_codes.SUCCESS
    screen = terminal.console()
    width = terminal.width_of(screen)
    terminal.put_lines(screen, join_parts([_table(packs, width), _summary(packs, width)]))
    return exit_codes.SUCCESS


def _table(packs: list[PackSummary], width: int) -> list[Text]:
    titles = [_("lines"), _("rows"), _("examples"), _("official"), _("published"), _("unchecked"), _("read")]
    rows = []
    for pack in packs:
        rows_in_all = sum(pack.trust[name] for name in PACK_TRUST) or 1
        shares = [f"{round(100 * pack.trust[name] / rows_in_all)} %" for name in PACK_TRUST]
        counts = [number(str(each)) for each in (pack.lines, pack.rows, pack.cases)]
        rows.append([*counts, *shares, str(pack.head.get("read_on", "—"))])
    is_wide = width >= 90
    columns = list(range(len(titles))) if is_wide else [0, 1, 2, 3, 5]
    sizes = {i: max(cell_len(row[i]) for row in [titles, *rows]) + 2 for i in columns}
    name_width = width - sum(sizes.values()) - 1
    head = Text(pad(f" {_('Packs of law')}", name_width), style="bold cyan")
    for i in columns:
        head.append(pad(titles[i], sizes[i], right=True), style="dim")
    lines = [head]
    for pack, row in zip(packs, rows, strict=True):
        name, *more = fold(pack_text(str(pack.head.get("title", pack.id))), name_width - 9)
        line = Text(f"   {pad(pack.id, 4)}").append(pad(name, name_width - 7), style="bold")
        for i in columns:
            line.append(pad(row[i], sizes[i], right=True), style=COLOURS[PACK_TRUST[i - 3]] if 3 <= i <= 5 else "")
        lines += [line, *(Text(f"       {each}", style="bold") for each in more)]
        if pack.fault:
            lines += indent_lines(pack.fault, width, "       ", "red")
    return lines


def _summary(packs: list[PackSummary], width: int) -> list[Text]:
    economies = sum(len(pack.head.get("economies", [])) for pack in packs)
    parts = [
        plural(len(packs), "{n} pack", "{n} packs"),
        plural(economies, "{n} economy", "{n} economies"),
        plural(sum(pack.rows for pack in packs), "{n} row of law", "{n} rows of law"),
        plural(sum(pack.cases for pack in packs), "{n} worked example", "{n} worked examples"),
    ]
    lines = indent_lines(" · ".join(parts), width, " ", "dim")
    return lines + indent_lines(_("The known limits of a pack: entrepot packs show cn"), width, " ", "dim")


def show(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot packs show NAME`."""
    library = open_packs(arguments["packs"])
    name = _pack_named(library, str(arguments["name"]))
    pack = summarize(library.folder / name)
    if arguments["json"]:
        exit_codes.put_json(
            {
                "object": "pack",
                **pack.as_json(),
                "coverage": pack.coverage,
                "tables": pack.tables,
                "regimes": pack.regimes,
            }
        )
        return exit_codes.SUCCESS
    if not pack.fault:
        read = library.pack(name)
        if read.head:
            translate.use_words(read.head.language, read.words, read.head.title, read.head.economies)
    screen = terminal.console()
    terminal.put_lines(screen, _pack_page(pack, terminal.width_of(screen)))
    return exit_codes.SUCCESS


def _pack_named(library: Library, text: str) -> str:
    """The id of a pack, from itself or from the code or name of an economy. Raises Stop."""
    name, known = text.strip().lower(), [*library.ids(), "world"]
    if name in known:
        return name
    economies = TYPED_NAMES.codes("economy", text)
    packs = {library.world.economies[code][2] for code in economies if code in library.world.economies}
    if len(packs) == 1 and (pack := packs.pop()) in known:
        return pack
    message = (
        _("Pack {text} does not exist.").format(text=in_quotes(text))
        + meant(name, known, _)
        + " "
        + _("`entrepot packs` lists them.")
    )
    raise Stop(exit_codes.NO_LAW, "no_law", message, "PACK")


def _pack_page(pack: PackSummary, width: int) -> list[Text]:
    head = pack.head
    lines = indent_lines(f"{translate.place_of_law(str(head.get('title', pack.id)))} ({pack.id})", width, " ", "bold")
    facts = [
        (_("authority"), pack_text(str(head.get("authority", "—")))),
        (_("currency"), str(head.get("currency", "—"))),
        (_("read"), f"{translate.day(str(head.get('read_on', '')))}, {head.get('read_by', '—')}"),
        (_("checked with"), pack_text(str(head.get("checked_with", "—")))),
        (_("rows"), ", ".join(f"{name} {number(str(rows))}" for name, rows in pack.tables.items())),
        (_("trust"), ", ".join(f"{label(name)} {number(str(pack.trust[name]))}" for name in PACK_TRUST)),
        (_("complete"), ", ".join(name for name, word in pack.coverage.items() if word == "complete") or "—"),
        *law_text.range_facts(pack),
        (_("worked examples"), number(str(pack.cases))),
    ]
    name_width = max(cell_len(name) for name, _value in facts) + 5
    for name, value in facts:
        lines += indent_lines(value, width, pad(f"   {name}", name_width), first_style="dim")
    parts = [lines]
    if pack.fault:
        parts.append(indent_lines(pack.fault, width, "   ", "red"))
    if pack.regimes:
        parts.append(
            [
                Text(f" {_('Import procedures')}", style="bold cyan"),
                *(line for each in pack.regimes for line in indent_lines(pack_text(each), width, "   ")),
            ]
        )
    limits = [
        line
        for position, each in enumerate(head.get("limits", []), 1)
        for line in indent_lines(pack_text(str(each)), width, f" {position:>3} ", first_style="dim")
    ]
    if limits:
        parts.append([Text(f" {_('Known limits of this pack')}", style="bold cyan"), *limits])
    return join_parts(parts)


def check(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot packs check PATH…`: every fault, with its file, row and column."""
    library = Library(Path(arguments["packs"])) if arguments["packs"] else Library()
    faults_of = {path: library.check(Path(path)) for path in arguments["paths"]}
    count = sum(map(len, faults_of.values()))
    if arguments["json"]:
        data = [
            {"path": path, "file": each.file, "row": each.row, "column": each.column, "message": each.message}
            for path, faults in faults_of.items()
            for each in faults
        ]
        exit_codes.put_json({"object": "list", "data": data})
        return exit_codes.PACK_FAULTS if count else exit_codes.SUCCESS
    screen = terminal.console()
    width = terminal.width_of(screen)
    lines = []
    for path, faults in faults_of.items():
        heading_line = Text(f"{path}: ", style="bold").append(
            plural(len(faults), "{n} error", "{n} errors"), style="red" if faults else "green"
        )
        lines.append(heading_line)
        for fault in faults:
            position = (
                fault.file + (f":{fault.row}" if fault.row else "") + (f" [{fault.column}]" if fault.column else "")
            )
            lines += [Text(f"  {position}", style="yellow"), *indent_lines(fault.message, width, "    ")]
    terminal.put_lines(screen, lines)
    return exit_codes.PACK_FAULTS if count else exit_codes.SUCCESS
