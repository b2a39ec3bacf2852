"""kept: the pages of schedules that are kept: what was added, which there are, what one holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from entrepot.cli.quote_context import heading, joined
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import cell_len, indented, pad
from entrepot.language import translate
from entrepot.language.translate import N_, _, label, number, plural
from entrepot.law.layers import Layer
from entrepot.model.errors import PackFault
from entrepot.schedules import report
from entrepot.schedules.install import Kept, Lying
from entrepot.schedules.parsed import Reading, Unread

HOW = {
    "added": N_("The schedule was added"),
    "replaced": N_("The schedule took the place of another"),
    "there": N_("The schedule is there already; nothing was changed"),
}
#: So many cells that were not read are printed.
FIRST = 5


def as_json(layer: Layer) -> dict[str, Any]:
    """A schedule as JSON has it."""
    head = layer.head
    source = layer.sources.get("schedule")
    return {
        "object": "schedule",
        "id": head.label,
        "pack": head.pack,
        "kind": head.kind,
        "since": head.since.isoformat(),
        "until": head.until.isoformat() if head.until else None,
        "trust": head.trust,
        "title": head.title,
        "authority": source.authority if source else None,
        "url": source.url if source else None,
        "replaces": list(head.replaces),
        "codes": list(head.codes),
        "counts": layer.counts,
        "hash": layer.hash,
        "notes": list(head.notes),
    }


def lying_json(lain: Lying) -> dict[str, Any]:
    """A schedule in the list, a broken one with its fault."""
    if lain.layer is None:
        return {"object": "schedule", "id": f"{lain.pack}/{lain.id}", "pack": lain.pack, "fault": lain.fault}
    return {**as_json(lain.layer), "fault": None}


def added(done: Kept, reading: Reading, named: str, width: int) -> list[Text]:
    """What was read of a schedule, and where it is now."""
    head = Text(f" {_(HOW[done.how])}", style="bold green" if done.how != "there" else "bold")
    counted = report.counts(reading)
    facts = [*_facts(done.layer), *_counts(counted), (_("format"), named)]
    parts = [[head, *_rows(facts, width)], _by_treatment(reading, width)]
    parts += [_cells(_("Not read, kept as text"), reading.unread, width), _notes(reading.notes, width)]
    parts.append(
        indented(_("Quotes use it from {day} on.").format(day=translate.day(str(reading.since))), width, " ", "dim")
    )
    return joined(parts)


def _facts(layer: Layer) -> list[tuple[str, str]]:
    head, source = layer.head, layer.sources.get("schedule")
    spell = _("from {since} until {until}") if head.until else _("since {since}")
    facts = [
        (_("schedule"), head.label),
        (_("title"), head.title),
        (_("authority"), source.authority if source else "—"),
        (_("holds"), spell.format(since=translate.day(str(head.since)), until=translate.day(str(head.until)))),
        (_("trust"), label(head.trust)),
        (_("holds whole"), " ".join(head.replaces) or "—"),
    ]
    if head.codes:
        facts.append((_("for goods"), " ".join(head.codes[:12]) + (" …" if len(head.codes) > 12 else "")))
    return facts


def _counts(counted: Mapping[str, int]) -> list[tuple[str, str]]:
    cells, exact = counted.get("cells", 0), report.exact(counted)

    def of_cells(part: int) -> str:
        return f"{number(str(part))} ({report.percent(part, cells)} %)"

    return [
        (_("lines"), number(str(counted.get("lines", 0)))),
        (_("treatments"), number(str(counted.get("treatments", 0)))),
        (_("rows"), number(str(counted.get("rows", 0)))),
        (_("rate cells"), number(str(cells))),
        (_("read exactly"), of_cells(exact)),
        (_("refer elsewhere"), of_cells(counted.get("references", 0))),
        (_("not read"), of_cells(counted.get("unread", 0))),
    ]


def _rows(facts: Sequence[tuple[str, str]], width: int) -> list[Text]:
    size = max(cell_len(name) for name, _value in facts) + 5
    return [
        line for name, value in facts for line in indented(value, width, pad(f"   {name}", size), first_style="dim")
    ]


def _by_treatment(reading: Reading, width: int) -> list[Text]:
    found = report.by_treatment(reading)
    if not found:
        return []
    said = " · ".join(f"{name} {number(str(rows))}" for name, rows in found.items())
    return [heading(_("Rows by treatment")), *indented(said, width, "   ")]


def _cells(title: str, cells: Sequence[Unread], width: int) -> list[Text]:
    if not cells:
        return []
    lines = [heading(f"{title} ({number(str(len(cells)))})")]
    for each in cells[:FIRST]:
        lines += indented(f"{each.goods} [{each.column}] {each.text}", width, "   ")
        lines += indented(f"{each.file}:{each.row} · {each.why}", width, "     ", "dim")
    if len(cells) > FIRST:
        more = _("… and {n} more: --report FILE writes them all.").format(n=number(str(len(cells) - FIRST)))
        lines += indented(more, width, "   ", "dim")
    return lines


def _notes(notes: Sequence[str], width: int) -> list[Text]:
    if not notes:
        return []
    return [heading(_("Notes")), *(line for each in notes for line in indented(each, width, "   · "))]


def faults(found: Sequence[PackFault], most: int, width: int) -> list[Text]:
    """The faults of a schedule that is not kept."""
    lines = [
        Text(f" {_('The schedule has faults; nothing was kept')} ", style="bold red").append(
            f"({plural(len(found), '{n} fault', '{n} faults')})"
        )
    ]
    for fault in found[:most]:
        place = fault.file + (f":{fault.row}" if fault.row else "") + (f" [{fault.column}]" if fault.column else "")
        lines += [Text(f"   {place}", style="yellow"), *indented(fault.message, width, "     ")]
    if len(found) > most:
        lines += indented(_("… and {n} more").format(n=number(str(len(found) - most))), width, "   ", "dim")
    return lines


def table(found: Sequence[Lying], folder: Path | None, width: int) -> list[Text]:
    """Which schedules are kept."""
    if not found:
        said = _(
            "No schedule is kept. `entrepot schedule add PACK FILE` adds one; `entrepot schedule get us` fetches one."
        )
        return indented(said, width, " ")
    lines = [heading(_("Schedules"))]
    size = max(cell_len(f"{each.pack}/{each.id}") for each in found) + 2
    for each in found:
        name = pad(f"   {each.pack}/{each.id}", size + 3)
        if each.layer is None:
            lines += indented(each.fault, width, name, "red", "bold")
            continue
        head, counted = each.layer.head, each.layer.counts
        spell = _("from {since} until {until}") if head.until else _("since {since}")
        when = spell.format(since=translate.day(str(head.since)), until=translate.day(str(head.until)))
        rows = plural(counted.get("lines", 0), "{n} line", "{n} lines")
        row = indented(f"{when} · {rows} · {label(head.trust)} · {head.title}", width, name, first_style="bold")
        row[0].highlight_words([label(head.trust)], style=COLOURS[head.trust])
        lines += row
    return [*lines, Text(""), *indented(_("kept in {path}").format(path=folder), width, " ", "dim")]


def one(layer: Layer, width: int) -> list[Text]:
    """What one schedule holds."""
    facts = [*_facts(layer), *_counts(layer.counts), (_("hash"), layer.hash), (_("folder"), str(layer.path))]
    source = layer.sources.get("schedule")
    if source and source.url:
        facts.append((_("address"), source.url))
    return joined([_rows(facts, width), _notes(layer.head.notes, width)])
