"""The pages and the JSON of installed schedules: the result of adding one, the list, and one in full."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.text import Text

from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import cell_len, heading, indent_lines, join_parts, pad
from entrepot.language import translate
from entrepot.language.translate import N_, _, label, number, plural
from entrepot.law.layers import Layer
from entrepot.model.errors import PackFault
from entrepot.schedules import report
from entrepot.schedules.install import Installed, InstalledSchedule
from entrepot.schedules.parsed import ParsedSchedule, UnreadCell

RESULTS = {
    "added": N_("Schedule installed"),
    "replaced": N_("Schedule replaced"),
    "there": N_("This schedule is already installed; nothing changed"),
}
#: Cells that were not read and are printed, at most.
MAX_CELLS = 5


def as_json(layer: Layer) -> dict[str, Any]:
    """A schedule as JSON."""
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


def listed_json(schedule: InstalledSchedule) -> dict[str, Any]:
    """An entry of the list as JSON; a schedule that cannot be read has its fault."""
    if schedule.layer is None:
        return {
            "object": "schedule",
            "id": f"{schedule.pack}/{schedule.id}",
            "pack": schedule.pack,
            "fault": schedule.fault,
        }
    return {**as_json(schedule.layer), "fault": None}


def added_lines(added: Installed, reading: ParsedSchedule, format_name: str, width: int) -> list[Text]:
    """The page after adding a schedule: what was read, and what was not."""
    head = Text(f" {_(RESULTS[added.how])}", style="bold green" if added.how != "there" else "bold")
    counts = report.counts(reading)
    facts = [*_facts(added.layer), *_counts(counts), (_("format"), format_name)]
    parts = [[head, *_rows(facts, width)], _by_treatment(reading, width)]
    parts += [_cells(_("Not interpreted, stored as text"), reading.unread, width), _notes(reading.notes, width)]
    parts.append(
        indent_lines(_("Quotes use it from {day} on.").format(day=translate.day(str(reading.since))), width, " ", "dim")
    )
    return join_parts(parts)


def _facts(layer: Layer) -> list[tuple[str, str]]:
    head, source = layer.head, layer.sources.get("schedule")
    period = _("from {since} until {until}") if head.until else _("since {since}")
    facts = [
        (_("schedule"), head.label),
        (_("title"), head.title),
        (_("authority"), source.authority if source else "—"),
        (_("in force"), period.format(since=translate.day(str(head.since)), until=translate.day(str(head.until)))),
        (_("trust"), label(head.trust)),
        (_("complete for"), " ".join(head.replaces) or "—"),
    ]
    if head.codes:
        facts.append((_("for goods"), " ".join(head.codes[:12]) + (" …" if len(head.codes) > 12 else "")))
    return facts


def _counts(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    cells, exact = counts.get("cells", 0), report.exact_count(counts)

    def of_cells(part: int) -> str:
        return f"{number(str(part))} ({report.percent(part, cells)} %)"

    return [
        (_("lines"), number(str(counts.get("lines", 0)))),
        (_("treatments"), number(str(counts.get("treatments", 0)))),
        (_("rows"), number(str(counts.get("rows", 0)))),
        (_("rate cells"), number(str(cells))),
        (_("read exactly"), of_cells(exact)),
        (_("refer to other provisions"), of_cells(counts.get("references", 0))),
        (_("not read"), of_cells(counts.get("unread", 0))),
    ]


def _rows(facts: Sequence[tuple[str, str]], width: int) -> list[Text]:
    size = max(cell_len(name) for name, _value in facts) + 5
    return [
        line for name, value in facts for line in indent_lines(value, width, pad(f"   {name}", size), first_style="dim")
    ]


def _by_treatment(reading: ParsedSchedule, width: int) -> list[Text]:
    found = report.by_treatment(reading)
    if not found:
        return []
    text = " · ".join(f"{name} {number(str(rows))}" for name, rows in found.items())
    return [heading(_("Rows by treatment")), *indent_lines(text, width, "   ")]


def _cells(title: str, cells: Sequence[UnreadCell], width: int) -> list[Text]:
    if not cells:
        return []
    lines = [heading(f"{title} ({number(str(len(cells)))})")]
    for each in cells[:MAX_CELLS]:
        lines += indent_lines(f"{each.goods} [{each.column}] {each.text}", width, "   ")
        lines += indent_lines(f"{each.file}:{each.row} · {each.why}", width, "     ", "dim")
    if len(cells) > MAX_CELLS:
        more = _("… and {n} more: --report FILE writes all.").format(n=number(str(len(cells) - MAX_CELLS)))
        lines += indent_lines(more, width, "   ", "dim")
    return lines


def _notes(notes: Sequence[str], width: int) -> list[Text]:
    if not notes:
        return []
    return [heading(_("Notes")), *(line for each in notes for line in indent_lines(each, width, "   · "))]


def fault_lines(found: Sequence[PackFault], max_faults: int, width: int) -> list[Text]:
    """The faults of a schedule that was not installed."""
    lines = [
        Text(f" {_('The schedule has errors; nothing was installed')} ", style="bold red").append(
            f"({plural(len(found), '{n} error', '{n} errors')})"
        )
    ]
    for fault in found[:max_faults]:
        position = fault.file + (f":{fault.row}" if fault.row else "") + (f" [{fault.column}]" if fault.column else "")
        lines += [Text(f"   {position}", style="yellow"), *indent_lines(fault.message, width, "     ")]
    if len(found) > max_faults:
        lines += indent_lines(_("… and {n} more").format(n=number(str(len(found) - max_faults))), width, "   ", "dim")
    return lines


def none_installed() -> str:
    """What is said where no schedule is installed, with how to install one."""
    return _(
        "No schedule is installed. `entrepot schedule add PACK FILE` installs one; `entrepot schedule "
        "get us` downloads one."
    )


def table_lines(found: Sequence[InstalledSchedule], folder: Path | None, width: int) -> list[Text]:
    """The list of installed schedules."""
    if not found:
        return indent_lines(none_installed(), width, " ")
    lines = [heading(_("Schedules"))]
    size = max(cell_len(f"{each.pack}/{each.id}") for each in found) + 2
    for each in found:
        name = pad(f"   {each.pack}/{each.id}", size + 3)
        if each.layer is None:
            lines += indent_lines(each.fault, width, name, "red", "bold")
            continue
        head, counts = each.layer.head, each.layer.counts
        period = _("from {since} until {until}") if head.until else _("since {since}")
        dates = period.format(since=translate.day(str(head.since)), until=translate.day(str(head.until)))
        rows = plural(counts.get("lines", 0), "{n} line", "{n} lines")
        row = indent_lines(f"{dates} · {rows} · {label(head.trust)} · {head.title}", width, name, first_style="bold")
        row[0].highlight_words([label(head.trust)], style=COLOURS[head.trust])
        lines += row
    return [*lines, Text(""), *indent_lines(_("stored in {path}").format(path=folder), width, " ", "dim")]


def schedule_lines(layer: Layer, width: int) -> list[Text]:
    """One installed schedule in full."""
    facts = [*_facts(layer), *_counts(layer.counts), (_("hash"), layer.hash), (_("folder"), str(layer.path))]
    source = layer.sources.get("schedule")
    if source and source.url:
        facts.append((_("address"), source.url))
    return join_parts([_rows(facts, width), _notes(layer.head.notes, width)])
