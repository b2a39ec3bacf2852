"""The options of `entrepot classify`, and how the words of two of them are read."""

from __future__ import annotations

import re

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.options import BATCH, OUTPUT, RESULT, SALE
from entrepot.cli.parameters import Option
from entrepot.language import catalogue, translate
from entrepot.language.translate import N_, _
from entrepot.model.errors import in_quotes, suggestion

GOODS = N_("The goods")
CORRECTIONS = N_("Your corrections")
TABLE = N_("The table")

#: Options that only a table has, and the ends of files that are tables.
OF_TABLE = ("column", "format_in", "encoding", "no_header", "sheet", "format_out", "overwrite", "quiet")
TABLE_ENDS = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".xlsx", ".gz")

CLASSIFY = (
    Option(
        "words",
        (),
        N_("A description of goods; with --out a table of descriptions, or - for standard input."),
        metavar="DESCRIPTION | TABLE",
        kind="words",
    ),
    Option(
        "economy",
        ("--to",),
        N_("The country whose tariff lines are given under each code."),
        SALE,
        "COUNTRY",
        choices=("economies",),
    ),
    Option(
        "attributes",
        ("--attributes",),
        N_("More that is known of the goods, such as material=cotton. Repeatable."),
        GOODS,
        "NAME=VALUE",
        "many",
    ),
    Option(
        "language",
        ("--language",),
        N_("The language of the names; by default that of the output."),
        GOODS,
        "|".join(catalogue.LANGUAGES),
        choices=tuple(catalogue.LANGUAGES),
    ),
    Option("limit", ("--limit",), N_("The maximum number of codes; by default 5."), RESULT, "NUMBER"),
    Option("correct", ("--correct",), N_("Keep this code for the description."), CORRECTIONS, "CODE"),
    Option("forget", ("--forget",), N_("Forget the code that is kept for the description."), CORRECTIONS, kind="flag"),
    Option("corrections", ("--corrections",), N_("List the codes that are kept."), CORRECTIONS, kind="flag"),
    Option(
        "out", ("--out",), N_("Classify a table, and write it to this file, or - for standard output."), TABLE, "OUT"
    ),
    Option(
        "column",
        ("--column",),
        N_("The column with the descriptions; by default description."),
        TABLE,
        "NAME",
    ),
    *(each for each in BATCH if each.name in OF_TABLE),
    *OUTPUT,
)


def read_language(typed: str | None) -> str:
    """The language of the names: that of `--language`, else of the output. Raises Stop.

    >>> read_language("zh-CN")
    'zh'
    """
    if typed is None:
        return translate.current_language()
    return known_language(typed, "--language")


def known_language(typed: str, option: str) -> str:
    """The language that an option names. Raises Stop for one that is not supported.

    >>> known_language("vi_VN", "--lang")
    'vi'
    """
    if (language := catalogue.language_of(typed)) is None:
        message = _("{option} must be one of {words}, not {text}.").format(
            option=option, words=" | ".join(catalogue.LANGUAGES), text=in_quotes(typed)
        )
        hint = suggestion(catalogue.near_language(typed), _)
        raise Stop(exit_codes.USAGE, "invalid", message + hint, option)
    return language


def read_limit(typed: str | None) -> int:
    """The number of `--limit`. Raises Stop.

    >>> read_limit(None), read_limit("3")
    (5, 3)
    """
    if typed is None:
        return 5
    if not re.fullmatch(r"[1-9]|1\d|20", typed.strip(), re.ASCII):
        message = _("{option} must be a number from 1 to {most}, not {text}.")
        raise Stop(
            exit_codes.USAGE, "invalid", message.format(option="--limit", most=20, text=in_quotes(typed)), "--limit"
        )
    return int(typed)
