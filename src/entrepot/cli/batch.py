"""batching: the command `batch`: a table in, the same table with its answers out; and one row of it explained."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from entrepot import app
from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import day_of
from entrepot.cli.table_arguments import library_of, pairs
from entrepot.language.translate import _, number, plural
from entrepot.model.errors import TableError

if TYPE_CHECKING:
    from entrepot.batch.run.files import BatchJob, BatchResult
    from entrepot.batch.run.paths import Location

EXPLAIN = "explain"


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot batch …`."""
    words = list(given["words"])
    with stopping():
        if words[0] == EXPLAIN and len(words) > 1:
            from entrepot.cli.batch_explain import explain

            return explain({**given, "words": words[1:]})
        if len(words) != 1:
            raise Stop(exit_codes.USAGE, "invalid", _("One table at a time: entrepot batch IN --to OUT."))
        if given["row"] is not None:
            raise Stop(
                exit_codes.USAGE, "invalid", _("--row goes with explain: entrepot batch explain OUT --row 12."), "--row"
            )
        return _run(words[0], given)


@contextmanager
def stopping() -> Iterator[None]:
    """Whatever is wrong with a table or the disk ends as a sentence."""
    try:
        yield
    except ImportError as error:
        message = _("Tables need {name}: install entrepot[batch].").format(name=error.name)
        raise Stop(exit_codes.USAGE, "not_installed", message) from None
    except TableError as error:
        raise Stop(exit_codes.NO_SALE, "invalid_table", str(error)) from None
    except BrokenPipeError:
        raise exit_codes.ClosedPipe from None
    except OSError as error:
        message = _("The answer could not be written: {why}.").format(why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "not_written", message) from None


def _run(source: str, given: Mapping[str, Any]) -> int:
    from entrepot.batch.run.files import answer_file

    job = job_of(source, given)
    house = app.law_context(library_of(given))
    with progress(shown=not given["quiet"] and not given["json"] and sys.stderr.isatty()) as told:
        done = answer_file(job, house, told)
    faults = sum(done.faults.values())
    taken = job.target.path is None or (job.faults is not None and job.faults.path is None)
    if given["json"] and not taken:
        body = {"object": "batch", "rows": done.rows, "faults": dict(done.faults), "unread": list(done.unread)}
        exit_codes.put_json(body)
    elif not given["quiet"]:
        text = "\n".join(summary(job.target, done, given["faults"])) + "\n"
        if taken:
            sys.stderr.write(text)
        else:
            exit_codes.put_text(text)
    return exit_codes.REFUSED if faults == done.rows > 0 else exit_codes.ANSWERED


def job_of(source: str, given: Mapping[str, Any]) -> BatchJob:
    """What is asked, from what was typed."""
    from entrepot.batch.run.files import BatchJob
    from entrepot.batch.run.paths import STANDARD_STREAM, parse_location

    if given["to"] is None:
        raise Stop(
            exit_codes.USAGE,
            "missing",
            _("{option} is needed, for example {example}.").format(option="--to", example="--to answers.parquet"),
            "--to",
        )
    here = parse_location(source, given["format_in"])
    if given["to"] == given["faults"] == STANDARD_STREAM:
        raise TableError("Answers and faults cannot both go to standard output: give one of them a file.")
    return BatchJob(
        source=here,
        target=parse_location(given["to"], given["format_out"], here.kind),
        faults=parse_location(given["faults"], None, "csv") if given["faults"] else None,
        mapping={name: ours or None for name, ours in pairs(given["map"], "--map", "code=hs_code")},
        constants=dict(pairs(given["set"], "--set", "ship_to_country=JP")),
        on=day_of(given["on"], "--on"),
        explain=given["explain"],
        resume=given["resume"],
    )


@contextmanager
def progress(*, shown: bool) -> Iterator[Any]:
    """A bar with the rate and the time left, on standard error; gives the function that moves it."""
    if not shown:
        yield lambda _rows, _share: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("{task.fields[rows]}"),
        TextColumn("{task.fields[rate]}", style="dim"),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0, rows="", rate="")

        def told(rows: int, share: float) -> None:
            elapsed = bar.tasks[0].elapsed or 0.0
            rate = _("{n} rows a second").format(n=number(str(int(rows / elapsed)))) if elapsed > 0 else ""
            bar.update(task, completed=share, rows=plural(rows, "{n} row", "{n} rows"), rate=rate)

        yield told


def summary(target: Location, done: BatchResult, faults: str | None) -> list[str]:
    """What came of it, in a few lines."""
    wrong = sum(done.faults.values())
    head = plural(done.rows, "{n} row", "{n} rows")
    lines = [_("{rows} answered into {path}.").format(rows=head, path=target.name)]
    if wrong:
        kinds = ", ".join(f"{code} {number(str(count))}" for code, count in done.faults.most_common())
        lines.append(plural(wrong, "{n} of them has a fault", "{n} of them have a fault") + f": {kinds}.")
        if faults is None:
            lines.append(_("--faults FILE says what is wrong with each."))
        else:
            lines.append(_("{path} says what is wrong with each.").format(path=faults))
    if done.unread:
        names = ", ".join(done.unread)
        lines.append(_("Columns that are no field of a sale passed through unread: {names}.").format(names=names))
    return lines
