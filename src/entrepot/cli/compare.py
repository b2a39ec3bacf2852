"""comparing: the command `compare`: a table under the law as it is and under overlays, and what that changes."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from entrepot import app
from entrepot.cli import exit_codes
from entrepot.cli.batch import progress, stopping
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import day_of, packs_of
from entrepot.cli.table_arguments import pairs
from entrepot.language.translate import _
from entrepot.model.errors import TableError

if TYPE_CHECKING:
    from entrepot.batch.compare.result import Comparison
    from entrepot.batch.compare.run import CompareJob
    from entrepot.batch.run.paths import Location


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot compare …`."""
    if not given["overlays"]:
        said = _("{option} is needed, for example {example}.").format(option="--overlay", example="--overlay proposal")
        raise Stop(exit_codes.USAGE, "missing", said, "--overlay")
    with stopping():
        return _run(given)


def _run(given: Mapping[str, Any]) -> int:
    from entrepot.batch.compare.run import compare_file

    job = job_of(given)
    if given["chart"]:
        _drawing()
    pair = app.fleet_pair([Path(each) for each in given["overlays"]], packs_of(given["packs"]))
    with progress(shown=not given["quiet"] and not given["json"] and sys.stderr.isatty()) as told:
        comparison = compare_file(job, pair, told)
    _write(comparison, given)
    if given["json"]:
        exit_codes.put_json(comparison.body())
    elif not given["quiet"]:
        from entrepot.cli import terminal
        from entrepot.cli.comparison_page import page

        screen = terminal.console()
        open_output = [given[name] for name in ("to", "each", "chart") if given[name]]
        terminal.put(screen, page(comparison, open_output, terminal.marks_of(screen), terminal.width_of(screen)))
    return exit_codes.REFUSED if comparison.count("rows") and not comparison.count("compared") else exit_codes.ANSWERED


def job_of(given: Mapping[str, Any]) -> CompareJob:
    """What is asked, from what was typed."""
    from entrepot.batch.compare.run import DEFAULT_BY, CompareJob, parse_groups
    from entrepot.batch.run.paths import parse_location

    each = parse_location(given["each"], None) if given["each"] else None
    outputs = [place for place in (_table_place(given["to"]), _chart_place(given["chart"])) if place is not None]
    for place in (*outputs, each):
        if place is not None and place.path is None:
            raise TableError("Standard output has the page or, with --json, the JSON: name a file.")
    return CompareJob(
        source=parse_location(given["source"], given["format_in"]),
        each=each,
        outputs=outputs,
        by=parse_groups(given["by"]) or DEFAULT_BY,
        mapping={name: ours or None for name, ours in pairs(given["map"], "--map", "code=hs_code")},
        constants=dict(pairs(given["set"], "--set", "ship_to_country=JP")),
        on=day_of(given["on"], "--on"),
    )


def _table_place(name: str | None) -> Location | None:
    from entrepot.batch.run.paths import Location, parse_location

    if name is None:
        return None
    path = Path(name)
    return Location(path, "json") if path.suffix.lower() == ".json" else parse_location(name, None)


def _chart_place(name: str | None) -> Location | None:
    from entrepot.batch.run.paths import Location

    if name is None:
        return None
    if Path(name).suffix.lower() != ".svg":
        raise Stop(
            exit_codes.USAGE, "invalid", _("A chart is SVG: let its name end in .svg, not {name}.").format(name=name)
        )
    return Location(Path(name), "svg")


def _drawing() -> None:
    """Whether there is what draws; known before the work."""
    try:
        import matplotlib as mpl  # noqa: F401  # it is only looked whether it is there
    except ImportError as error:
        message = _("A chart needs {name}: install entrepot[chart].").format(name=error.name)
        raise Stop(exit_codes.USAGE, "not_installed", message, "--chart") from None


def _write(comparison: Comparison, given: Mapping[str, Any]) -> None:
    """The table and the picture into their files."""
    from entrepot.batch.compare.outputs import write_table
    from entrepot.batch.run.paths import open_output

    table, chart = _table_place(given["to"]), _chart_place(given["chart"])
    if table is not None and table.kind == "json":
        with open_output(table) as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(comparison.body()), indent=2) + b"\n")
    elif table is not None:
        write_table(comparison.table(), table, comparison.decimals)
    if chart is not None:
        from entrepot.batch.compare.chart import draw_chart

        draw_chart(comparison, chart)
