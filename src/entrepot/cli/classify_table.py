"""`entrepot classify TABLE --out OUT`: classify each description of a table."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from entrepot import app
from entrepot.cli import exit_codes
from entrepot.cli.batch import errors_as_stop
from entrepot.cli.classify_options import read_language, read_limit
from entrepot.cli.exit_codes import Stop
from entrepot.cli.progress import row_progress
from entrepot.cli.table_options import read_location
from entrepot.goods.shown import TableCells
from entrepot.language.translate import _, number, plural
from entrepot.law.library import Library

if TYPE_CHECKING:
    from entrepot.batch.run.classify_table import ClassifyResult

#: Options that a table does not have, by their names.
SINGLE = {"economy": "--to", "attributes": "--attributes", "correct": "--correct", "forget": "--forget"}


def classify_table(name: str, arguments: Mapping[str, Any], library: Library) -> int:
    """Classifies a table and writes it with the columns of the answer. Raises Stop."""
    for option, flag in SINGLE.items():
        if arguments[option]:
            message = _("{option} is for one description, not for a table.").format(option=flag)
            raise Stop(exit_codes.USAGE, "invalid", message, flag)
    with errors_as_stop():
        return _run(name, arguments, library)


def _run(name: str, arguments: Mapping[str, Any], library: Library) -> int:
    from entrepot.batch.run.classify_table import ClassifyJob, classify_file
    from entrepot.batch.run.paths import parse_location

    language, limit = read_language(arguments["language"]), read_limit(arguments["limit"])
    source = read_location(name, arguments)
    target = parse_location(arguments["out"], arguments["format_out"], source.read_kind)
    job = ClassifyJob(source, target, arguments["column"] or "description", arguments["overwrite"])

    def classify(texts: Iterable[str]) -> Generator[TableCells]:
        return app.classify_cells(texts, language=language, limit=limit, packs=library)

    quiet = arguments["quiet"] or arguments["json"]
    with row_progress(quiet=quiet) as update:
        done = classify_file(job, classify, library.world.decimals, update)
    if arguments["json"] and target.path is not None:
        counts = {name: done.statuses[name] for name in ("sure", "unsure", "unusable")}
        exit_codes.put_json(
            {"object": "classification_table", "rows": done.rows, **counts, "faults": dict(done.faults)}
        )
    elif not arguments["quiet"]:
        text = "\n".join(_summary(target.name, done)) + "\n"
        if target.path is None:
            sys.stderr.write(text)
        else:
            exit_codes.put_text(text)
    return exit_codes.REFUSED if done.statuses["unusable"] == done.rows > 0 else exit_codes.SUCCESS


def _summary(name: str, done: ClassifyResult) -> list[str]:
    head = plural(done.rows, "{n} row", "{n} rows")
    lines = [_("{rows} written to {path}.").format(rows=head, path=name)]
    sure, unsure = (number(str(done.statuses[status])) for status in ("sure", "unsure"))
    lines.append(_("Sure: {sure}. With several possible codes: {unsure}.").format(sure=sure, unsure=unsure))
    if faulty := done.statuses["unusable"]:
        kinds = ", ".join(f"{code} {number(str(count))}" for code, count in done.faults.most_common())
        lines.append(plural(faulty, "{n} of them has an error", "{n} of them have errors") + f": {kinds}.")
    return lines
