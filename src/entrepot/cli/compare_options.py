"""compare_options: what may be typed with `compare`."""

from __future__ import annotations

from entrepot.cli.batch_options import BATCH, TABLE
from entrepot.cli.options import ANSWER, JSON, LANG, ON, OVERLAY, PACKS, Option
from entrepot.language.translate import N_

#: What is typed as with `batch`.
_ALIKE = tuple(option for option in BATCH if option.name in ("map", "set", "format_in"))

COMPARE = (
    Option("source", (), N_("The file of a table, or - for standard input."), metavar="IN", kind="needed"),
    OVERLAY,
    Option(
        "by",
        ("--by",),
        N_("What it is grouped by: chapter, heading, origin, destination, way; several with commas between."),
        TABLE,
        "chapter,origin,way",
        "many",
    ),
    Option("to", ("--to",), N_("A file of all groups: .csv, .parquet, .arrow, or .json."), TABLE, "FILE"),
    Option("each", ("--each",), N_("A file of all rows, each with both answers."), TABLE, "FILE"),
    Option("chart", ("--chart",), N_("A picture of the largest changes, in SVG."), TABLE, "FILE.svg"),
    *_ALIKE,
    ON,
    Option("quiet", ("--quiet",), N_("No progress and no page."), ANSWER, kind="flag"),
    JSON,
    LANG,
    PACKS,
)
