"""The command `batch`: quote each row of a table and write the table with the results."""

from __future__ import annotations

import errno
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from entrepot import app
from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.progress import row_progress
from entrepot.cli.quote import open_packs, read_day
from entrepot.cli.table_options import read_constants, read_location, read_mapping
from entrepot.language.translate import N_, _, current_language, error_text, number, plural
from entrepot.model.errors import OutputExists, TableError, TableNotFound, WordedError

if TYPE_CHECKING:
    from entrepot.batch.run.fault_summary import FaultGroup
    from entrepot.batch.run.files import BatchJob, BatchResult
    from entrepot.batch.run.paths import Location

EXPLAIN, TEMPLATE = "explain", "template"
#: Kinds of faults that are shown.
MAX_GROUPS = 20


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot batch …`."""
    words = list(arguments["words"])
    with errors_as_stop():
        if words[0] == EXPLAIN and len(words) > 1:
            from entrepot.cli.batch_explain import explain_row

            return explain_row({**arguments, "words": words[1:]})
        if words[0] == TEMPLATE and len(words) == 2:
            return _write_template(words[1], overwrite=arguments["overwrite"])
        if len(words) != 1:
            raise Stop(exit_codes.USAGE, "invalid", _("Give one table: entrepot batch IN --out OUT."))
        if arguments["row"] is not None:
            raise Stop(
                exit_codes.USAGE,
                "invalid",
                _("--row is only valid with explain: entrepot batch explain OUT --row 12."),
                "--row",
            )
        return _run(words[0], arguments)


def _write_template(name: str, *, overwrite: bool) -> int:
    """Writes a table to fill in."""
    from entrepot.batch.run.paths import XLSX, Location, check_output, open_output
    from entrepot.batch.run.template import template_csv, template_xlsx

    path = Path(name)
    kind = path.suffix.lower().lstrip(".")
    if kind not in ("csv", XLSX):
        message = _("A template is a .csv or .xlsx file: its name must end so, not {name}.").format(name=name)
        raise Stop(exit_codes.USAGE, "invalid", message)
    place = Location(path, "csv")
    check_output(place, Location(None, "csv"), overwrite=overwrite)
    content = template_csv() if kind == "csv" else template_xlsx()
    with open_output(place) as stream:
        stream.write(content)
    text = _("{path} has a row of goods and a row of a service as examples. Fill it in, then: {command}")
    exit_codes.put_text(text.format(path=name, command=f"entrepot batch {name} --out answers.csv") + "\n")
    return exit_codes.SUCCESS


@contextmanager
def errors_as_stop() -> Iterator[None]:
    """Turns errors of the table, the disk or missing packages into Stop."""
    try:
        yield
    except ImportError as error:
        message = _("Tables need {name}. Install entrepot[batch].").format(name=error.name)
        raise Stop(exit_codes.USAGE, "not_installed", message) from None
    except TableNotFound as error:
        raise Stop(exit_codes.USAGE, "no_file", str(error), said=error_text(error)) from None
    except OutputExists as error:
        raise Stop(exit_codes.USAGE, "exists", str(error), "--overwrite", said=error_text(error)) from None
    except TableError as error:
        said = error_text(error) if isinstance(error, WordedError) else ""
        message = str(error)
        if error.seeming:
            hint, options = N_("To read all columns that seem to be fields, add: {options}"), map_options(error.seeming)
            said = f"{said or message} {_(hint).format(options=options)}"
            message = f"{message} {hint.format(options=options)}"
        raise Stop(exit_codes.INVALID_SALE, "invalid_table", message, said=said) from None
    except BrokenPipeError:
        raise exit_codes.ClosedPipe from None
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise exit_codes.too_long_path(error) from None
        message = _("The output could not be written: {why}.").format(why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "not_written", message) from None


def _run(source: str, arguments: Mapping[str, Any]) -> int:
    from entrepot.batch.assess.compile_beside import compiling_beside
    from entrepot.batch.run.files import answer_file

    job = job_from(source, arguments)
    context = app.law_context(open_packs(arguments["packs"], arguments["overlays"]))
    quiet = arguments["quiet"] or arguments["json"]

    def tell_compiling() -> None:
        if not quiet:
            text = _(
                "The calculation of tables is compiled for this computer, once after an installation. Until that is "
                "done, the rows are answered one by one."
            )
            sys.stderr.write(f"{text}\n")

    with row_progress(quiet=quiet) as update, compiling_beside(tell_compiling):
        done = answer_file(job, context, update)
    faults = sum(done.faults.values())
    standard_output_used = job.target.path is None or (job.faults is not None and job.faults.path is None)
    if arguments["json"] and not standard_output_used:
        from entrepot.batch.run.fault_summary import to_json

        counts = {"rows": done.rows, "faults": dict(done.faults), "unread": list(done.unread)}
        counts["unread_fields"] = dict(done.unread_fields)
        exit_codes.put_json({"object": "batch", **counts, "summary": to_json(done.summary.groups())})
    elif not arguments["quiet"]:
        text = "\n".join(summary_lines(job.target, done, arguments["faults"])) + "\n"
        if standard_output_used:
            sys.stderr.write(text)
        else:
            exit_codes.put_text(text)
    return exit_codes.REFUSED if faults == done.rows > 0 else exit_codes.SUCCESS


def job_from(source: str, arguments: Mapping[str, Any]) -> BatchJob:
    """The job from the typed options. Raises Stop or TableError."""
    from entrepot.batch.run.files import BatchJob
    from entrepot.batch.run.paths import STANDARD_STREAM, parse_location

    if arguments["to"] is None:
        raise Stop(
            exit_codes.USAGE,
            "missing",
            _("{option} is required, for example {example}.").format(option="--out", example="--out answers.parquet"),
            "--out",
        )
    source_path = read_location(source, arguments)
    if arguments["to"] == arguments["faults"] == STANDARD_STREAM:
        raise TableError("Answers and faults cannot both go to standard output: give one of them a file.")
    return BatchJob(
        source=source_path,
        target=parse_location(arguments["to"], arguments["format_out"], source_path.read_kind),
        faults=parse_location(arguments["faults"], None, "csv") if arguments["faults"] else None,
        mapping=read_mapping(arguments),
        constants=read_constants(arguments),
        on=read_day(arguments["on"], "--on"),
        explain=arguments["explain"],
        resume=arguments["resume"],
        language=current_language(),
        overwrite=arguments["overwrite"],
    )


def summary_lines(target: Location, done: BatchResult, faults: str | None) -> list[str]:
    """How many rows were processed, which faults they have and where, and which columns were not read."""
    faulty = sum(done.faults.values())
    head = plural(done.rows, "{n} row", "{n} rows")
    lines = [_("{rows} written to {path}.").format(rows=head, path=target.name)]
    if faulty:
        kinds = ", ".join(f"{code} {number(str(count))}" for code, count in done.faults.most_common())
        lines.append(plural(faulty, "{n} of them has an error", "{n} of them have errors") + f": {kinds}.")
        groups = done.summary.groups()
        lines += [f"  {group_line(group)}" for group in groups[:MAX_GROUPS]]
        if len(groups) > MAX_GROUPS:
            lines.append("  " + _("Further kinds of errors: {n}.").format(n=number(str(len(groups) - MAX_GROUPS))))
        if faults is None:
            lines.append(_("--faults FILE writes the error of each."))
        else:
            lines.append(_("{path} contains the error of each.").format(path=faults))
    if done.replaced:
        lines.append(_("The table already contained results: these columns were replaced."))
    if done.unread:
        names = ", ".join(done.unread)
        lines.append(_("Columns that are not fields of a sale were copied unchanged: {names}.").format(names=names))
    if done.unread_fields:
        options = map_options(done.unread_fields)
        lines.append(
            _("Some of these seem to be fields, and were not read. To read them: {options}").format(options=options)
        )
    return lines


def map_options(fields: Mapping[str, str]) -> str:
    """The options that read columns as fields.

    >>> map_options({"HS Code": "hs_code", "qty": "quantity"})
    "--map 'HS Code=hs_code' --map qty=quantity"
    """
    return " ".join(f"--map {shlex.quote(f'{name}={field}')}" for name, field in fields.items())


def group_line(group: FaultGroup) -> str:
    """The faults of one kind: their column, how many rows, the first of them, and the message of the first."""
    column = group.column or group.field
    named = f"{column} ({group.field})" if group.column not in ("", group.field) else column
    first = ", ".join(number(str(row.number)) for row in group.first)
    rows = plural(group.rows, "{n} row", "{n} rows")
    where = _("{rows}, first in row {first}").format(rows=rows, first=first)
    return f"{named}, {where}: {group.first[0].message}" if named else f"{where}: {group.first[0].message}"
