"""The command `compare`: quote a table under the law as it is and under overlays, and report the changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from entrepot import app
from entrepot.cli import exit_codes
from entrepot.cli.batch import errors_as_stop
from entrepot.cli.exit_codes import Stop
from entrepot.cli.progress import row_progress
from entrepot.cli.quote import open_packs, read_day
from entrepot.cli.table_options import read_constants, read_location, read_mapping
from entrepot.language.translate import _
from entrepot.model.errors import TableError

if TYPE_CHECKING:
    from entrepot.batch.compare.result import Comparison
    from entrepot.batch.compare.run import CompareJob
    from entrepot.batch.run.paths import Location


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot compare …`."""
    if not arguments["overlays"]:
        message = _("{option} is required, for example {example}.").format(
            option="--overlay", example="--overlay proposal"
        )
        raise Stop(exit_codes.USAGE, "missing", message, "--overlay")
    with errors_as_stop():
        return _run(arguments)


def _run(arguments: Mapping[str, Any]) -> int:
    from entrepot.batch.compare.run import compare_file

    job = job_from(arguments)
    if arguments["chart"]:
        _require_matplotlib()
    pair = app.comparison_contexts([Path(each) for each in arguments["overlays"]], open_packs(arguments["packs"]))
    with row_progress(quiet=arguments["quiet"] or arguments["json"]) as update:
        comparison = compare_file(job, pair, update)
    _write_files(comparison, arguments)
    if arguments["json"]:
        exit_codes.put_json(comparison.body())
    elif not arguments["quiet"]:
        from entrepot.cli import terminal
        from entrepot.cli.comparison_page import comparison_lines

        screen = terminal.console()
        written = [arguments[name] for name in ("to", "each", "chart") if arguments[name]]
        terminal.put_lines(
            screen, comparison_lines(comparison, written, terminal.symbols_of(screen), terminal.width_of(screen))
        )
    return exit_codes.REFUSED if comparison.count("rows") and not comparison.count("compared") else exit_codes.SUCCESS


def job_from(arguments: Mapping[str, Any]) -> CompareJob:
    """The job from the typed options. Raises Stop or TableError."""
    from entrepot.batch.compare.run import DEFAULT_BY, CompareJob, parse_groups
    from entrepot.batch.run.paths import parse_location

    each = parse_location(arguments["each"], None) if arguments["each"] else None
    outputs = [
        output for output in (_table_path(arguments["to"]), _chart_path(arguments["chart"])) if output is not None
    ]
    for output in (*outputs, each):
        if output is not None and output.path is None:
            raise TableError("Standard output has the page or, with --json, the JSON: name a file.")
    return CompareJob(
        source=read_location(arguments["source"], arguments),
        each=each,
        outputs=outputs,
        by=parse_groups(arguments["by"]) or DEFAULT_BY,
        mapping=read_mapping(arguments),
        constants=read_constants(arguments),
        on=read_day(arguments["on"], "--on"),
        overwrite=arguments["overwrite"],
    )


def _table_path(name: str | None) -> Location | None:
    from entrepot.batch.run.paths import Location, parse_location

    if name is None:
        return None
    path = Path(name)
    return Location(path, "json") if path.suffix.lower() == ".json" else parse_location(name, None)


def _chart_path(name: str | None) -> Location | None:
    from entrepot.batch.run.paths import Location

    if name is None:
        return None
    if Path(name).suffix.lower() != ".svg":
        raise Stop(
            exit_codes.USAGE,
            "invalid",
            _("A chart is an SVG file: its name must end in .svg, not {name}.").format(name=name),
        )
    return Location(Path(name), "svg")


def _require_matplotlib() -> None:
    """Raises Stop if matplotlib is not installed; checked before the rows are processed."""
    try:
        import matplotlib as mpl  # noqa: F401  # only to see whether it is installed
    except ImportError as error:
        message = _("A chart needs {name}. Install entrepot[chart].").format(name=error.name)
        raise Stop(exit_codes.USAGE, "not_installed", message, "--chart") from None


def _write_files(comparison: Comparison, arguments: Mapping[str, Any]) -> None:
    """Writes the table and the chart to their files."""
    from entrepot.batch.compare.outputs import write_table
    from entrepot.batch.run.paths import open_output

    table, chart = _table_path(arguments["to"]), _chart_path(arguments["chart"])
    if table is not None and table.kind == "json":
        with open_output(table) as stream:
            stream.write(msgspec.json.format(msgspec.json.encode(comparison.body()), indent=2) + b"\n")
    elif table is not None:
        write_table(comparison.table(), table, comparison.decimals)
    if chart is not None:
        from entrepot.batch.compare.chart import draw_chart

        draw_chart(comparison, chart)
