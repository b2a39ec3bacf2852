"""The options of the commands under `measure`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, RESULT, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

TABLE = N_("The table")
FLOWS = ("exports", "imports", "both")
FORMATS = ("csv", "sdmx-csv", "sdmx-ml", "sdmx-structure", "lines", "parquet")
DEFINITIONS = ("deliverable", "delivered")

_PERIOD = Option(
    "period", (), N_("A year (2026), a quarter (2026-Q1) or a month (2026-03)."), metavar="PERIOD", kind="required"
)
_MAKING = (
    Option(
        "reporter",
        ("--reporter",),
        N_("The economy that reports; by default that of this node."),
        TABLE,
        "CODE",
        choices=("economies",),
    ),
    Option("currency", ("--currency",), N_("The currency of the table; by default CNY."), TABLE, "CODE"),
    Option(
        "valuation",
        ("--valuation",),
        N_("The value of goods: FOB (the default), CIF (imports with freight and insurance) or price (as charged)."),
        TABLE,
        "FOB|CIF|price",
    ),
    Option(
        "lines",
        ("--lines",),
        N_("A file that `measure export --format lines` or parquet wrote; by default the ledger of this node."),
        TABLE,
        "FILE",
    ),
    Option(
        "agreed",
        ("--agreed",),
        N_("A trader that agrees to figures which show it, by id; `node` is this platform with its fees. Repeatable."),
        TABLE,
        "ID",
        kind="many",
    ),
)
_SHOW = (
    Option("partner", ("--partner",), N_("An economy; by default the world, W1."), TABLE, "CODE"),
    Option(
        "sector",
        ("--sector",),
        N_("S11 corporations, S13 government, S1M households; by default all, S1."),
        TABLE,
        "S11|S13|S1M",
    ),
    Option("product", ("--product",), N_("A chapter of the HS (09), or a code of EBOPS (SK22)."), TABLE, "CODE"),
    Option(
        "whole",
        ("--before-control",),
        N_("Show also what disclosure control holds back. Never publish it."),
        TABLE,
        kind="flag",
    ),
)
MAKE_TABLE = (_PERIOD, *_MAKING, *_SHOW, *WITHOUT_PACKS)
EXPORT = (
    _PERIOD,
    *_MAKING,
    Option("format", ("--format",), N_("The format of the file; by default csv."), RESULT, "|".join(FORMATS)),
    Option("by_product", ("--by-product",), N_("Also figures of each product, for the world."), TABLE, kind="flag"),
    Option("to", ("--out", "--to"), N_("A new file; by default standard output."), RESULT, "FILE"),
    *WITHOUT_PACKS,
)
MIRROR = (
    Option("exporter_lines", (), N_("The lines of the exporter's node."), metavar="[FILE]", kind="argument"),
    Option("importer_lines", (), N_("The lines of the importer's node."), metavar="[FILE]", kind="argument"),
    Option(
        "peer",
        ("--peer",),
        N_("In place of files: a node that was met, by id, address or economy. Both compare what they published."),
        TABLE,
        "NODE",
    ),
    Option("exporter", ("--exporter",), N_("The economy of the exporter's node."), TABLE, "CODE"),
    Option("importer", ("--importer",), N_("The economy of the importer's node."), TABLE, "CODE"),
    Option("period", ("--period",), N_("A year, a quarter or a month; by default last year."), TABLE, "PERIOD"),
    Option("currency", ("--currency",), N_("The currency of the table; by default CNY."), TABLE, "CODE"),
    *WITHOUT_PACKS,
)
_SET = Option("set", ("--set",), N_("Which published statistics, by id, if several were added."), TABLE, "ID")
RANK = (
    Option("year", (), N_("A year; by default the last one."), metavar="[YEAR]", kind="argument"),
    Option("flow", ("--flow",), N_("exports (the default), imports, or both together."), TABLE, "|".join(FLOWS)),
    Option("first", ("--first",), N_("How many places; by default 10."), TABLE, "NUMBER"),
    Option(
        "area",
        ("--area",),
        N_("An economy by three letters: is it among the first, in each year and by each flow?"),
        TABLE,
        "CODE",
    ),
    _SET,
    *WITHOUT_PACKS,
)
ADD = (
    Option("file", (), N_("A CSV file with columns as UNCTAD's, or a file of SDMX."), metavar="FILE", kind="required"),
    Option("vintage", ("--vintage",), N_("When it was published, as its publisher states it."), TABLE, "TEXT"),
    Option("publisher", ("--publisher",), N_("Who published it."), TABLE, "TEXT"),
    Option("title", ("--title",), N_("What it is called; by default the name of the file."), TABLE, "TEXT"),
    Option(
        "definition",
        ("--definition",),
        N_("What it counts, if its indicators do not say so: services that are deliverable, or delivered."),
        TABLE,
        "|".join(DEFINITIONS),
    ),
    Option("id", ("--id",), N_("The id of the set; by default from the name of the file."), TABLE, "ID"),
    *WITHOUT_PACKS,
)
LIST = (CONTEXT, *WITHOUT_PACKS)
DEMO = WITHOUT_PACKS
