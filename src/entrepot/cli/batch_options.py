"""batch_options: what may be typed with `batch`."""

from __future__ import annotations

from entrepot.cli.options import ANSWER, JSON, LANG, ON, OVERLAY, PACKS, Option
from entrepot.language.translate import N_

TABLE = N_("The table")

BATCH = (
    Option(
        "words",
        (),
        N_("The file of a table, or - for standard input; or: explain, and an answered file."),
        metavar="IN | explain OUT",
        kind="arguments",
    ),
    Option("to", ("--to",), N_("The file of the answers, or - for standard output."), TABLE, "OUT"),
    Option(
        "map", ("--map",), N_("What a column of yours gives; nothing leaves it unread."), TABLE, "THEIRS=OURS", "many"
    ),
    Option("set", ("--set",), N_("A field that is the same in all rows."), TABLE, "FIELD=VALUE", "many"),
    Option(
        "format_in", ("--format-in",), N_("The format of IN, where its name does not say."), TABLE, "csv|tsv|jsonl|…"
    ),
    Option(
        "format_out", ("--format-out",), N_("The format of OUT, where its name does not say."), TABLE, "csv|tsv|jsonl|…"
    ),
    Option("faults", ("--faults",), N_("A file of the rows with a fault, and what is wrong with each."), TABLE, "FILE"),
    Option(
        "resume", ("--resume",), N_("Keep finished parts beside OUT, and go on from those there."), TABLE, kind="flag"
    ),
    Option("row", ("--row",), N_("With explain: the number of the row, from 1."), TABLE, "NUMBER"),
    ON,
    Option("explain", ("--explain",), N_("Also the law, the reasons and the rows that decided."), ANSWER, kind="flag"),
    Option("quiet", ("--quiet",), N_("No progress and no summary."), ANSWER, kind="flag"),
    JSON,
    LANG,
    PACKS,
    OVERLAY,
)
