"""The command `quote`: read a sale from options or a file, and print its quote as a page or as JSON."""

from __future__ import annotations

import datetime as dt
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from entrepot import app
from entrepot.cli import exit_codes, options
from entrepot.cli.exit_codes import Stop
from entrepot.cli.sale_file import read_request
from entrepot.cli.sale_options import sale_of
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.law.compiled import Law, World
from entrepot.law.library import Library
from entrepot.model import codes, literals
from entrepot.model.errors import FieldError, SaleError, in_quotes
from entrepot.model.quote import Quote

#: How the names of tables end, which another command quotes.
TABLES = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".arrow", ".xlsx")


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot quote …`."""
    given = {name: value for name, value in arguments.items() if value not in (None, [], ())}
    typed = {name: value for name, value in given.items() if name not in options.NOT_IN_SALE}
    on, library = read_day(arguments.get("on"), "--on"), open_packs(arguments.get("packs"), arguments.get("overlays"))
    path = _file_or_goods(arguments.get("file") or [], typed)
    if arguments["fields"] is not None and not arguments["json"]:
        raise Stop(exit_codes.USAGE, "invalid", _("--fields needs --json."), "--fields")
    request = read_request(path) if path is not None else sale_of(typed, library.world)
    quote, law = quote_with_law(request, on, library, by_option=path is None)
    if arguments["strict"]:
        quote = refuse_incomplete(quote)
    if arguments["json"]:
        exit_codes.put_json(_json_of(quote, arguments["fields"]))
    else:
        print_quote(quote, request, law, library.world, explain=arguments["explain"], by_option=path is None)
    return exit_codes.REFUSED if quote.assessment.outcome == "refused" else exit_codes.SUCCESS


def _file_or_goods(words: Sequence[str], typed: dict[str, Any]) -> str | None:
    """The path of a sale, or None where the options are the sale; words that name no file are put among them as goods.

    Raises Stop.
    """
    text = " ".join(words)
    example = 'entrepot quote {goods} --from VN --to CN --amount "100 CNY"'
    if not words:
        if not typed:
            message = _("Give what is sold, for example: {example}; or give a file.")
            message = message.format(example=example.format(goods='"roasted coffee beans"'))
            raise Stop(exit_codes.USAGE, "missing", message)
        return None
    if len(words) == 1 and text.lower().endswith(TABLES):
        if not os.path.exists(text):  # noqa: PTH110
            raise Stop(exit_codes.USAGE, "no_file", _("File {path} does not exist.").format(path=in_quotes(text)))
        message = _("{path} is a table. Quote it with: {example}.")
        message = message.format(path=in_quotes(text), example=f"entrepot batch {shlex.quote(text)} --out answers.csv")
        raise Stop(exit_codes.USAGE, "invalid", message)
    named = len(words) == 1 and text.lower().endswith((".json", "-"))
    # `os.path` is false for a description that is too long for a name.
    if named or os.path.exists(text):  # noqa: PTH110
        if not typed:
            return text
        message = _(
            "{option} cannot be combined with a file: a file contains the whole sale. Add the value to the file."
        )
        option = next(each.flags[0] for each in options.QUOTE if each.name in typed)
        raise Stop(exit_codes.USAGE, "invalid", message.format(option=option), option)
    if not typed:
        message = _("There is no file {path}. If these are the goods, say where they go, for example: {example}.")
        message = message.format(path=in_quotes(text), example=example.format(goods=in_quotes(text)))
        raise Stop(exit_codes.USAGE, "missing", message)
    name, option = ("hs_code", "--hs") if re.fullmatch(r"[\d\s.\-]+", text) else ("description", "--description")
    if name in typed:
        message = _("The goods are given twice: as {words} and with {option}.")
        raise Stop(exit_codes.USAGE, "invalid", message.format(words=in_quotes(text), option=option), option)
    typed[name] = text
    return None


def quote_with_law(
    request: Mapping[str, Any], on: dt.date | None, library: Library, *, by_option: bool
) -> tuple[Quote, Law]:
    """The quote of a request, and its law. Raises Stop; with `by_option` it names the option, not the field."""
    try:
        return app.quote_with_law(request, on=on, packs=library)
    except SaleError as error:
        param = exit_codes.option_of(error.param) if by_option else error.param
        raise exit_codes.stop_for_sale_error(error, param) from None


def refuse_incomplete(quote: Quote) -> Quote:
    """`--strict`: a quote that is only estimated becomes a refused one; its reasons say what is not known."""
    if quote.assessment.outcome != "estimated":
        return quote
    assessment = msgspec.structs.replace(quote.assessment, outcome="refused")
    return Quote.of(msgspec.structs.replace(quote.document(), assessment=assessment, best=None))


def _json_of(quote: Quote, fields: str | None) -> bytes:
    try:
        return quote.json_bytes(fields)
    except FieldError as error:
        raise Stop(exit_codes.USAGE, "unknown_field", error.message, "--fields", translate.error_text(error)) from None


def print_quote(
    quote: Quote, request: Mapping[str, Any], law: Law, world: World, *, explain: bool, by_option: bool
) -> None:
    """Prints the page of a quote. `law`: the law that the quote was assessed under."""
    from entrepot.cli import terminal
    from entrepot.cli.quote_context import QuoteView
    from entrepot.cli.quote_page import hint_lines, quote_lines

    translate.use_law(law)
    screen = terminal.console()
    view = QuoteView(quote, request, law, world, terminal.symbols_of(screen), terminal.width_of(screen), by_option)
    lines = quote_lines(view)
    if explain:
        from entrepot.cli.explanation import explanation_lines
        from entrepot.cli.wrap import join_parts

        lines = join_parts([lines, explanation_lines(view)])
    else:
        lines += hint_lines(view)
    terminal.put_lines(screen, lines)


def open_packs(folder: str | None, overlays: Sequence[str] | None = None) -> Library:
    """The packs of a folder, else those that come with Entrepot; with overlays applied. Raises Stop.

    Names of economies on the page come from these packs.
    """
    library = _library(folder, [Path(each) for each in overlays or ()])
    translate.use_names(library.name_of)
    return library


def _library(folder: str | None, overlays: Sequence[Path]) -> Library:
    if folder is None:
        return Library(overlays=overlays) if overlays else app.library()
    if not Path(folder).is_dir():
        raise Stop(
            exit_codes.NO_LAW,
            "no_packs",
            _("Folder {path} does not exist. --packs needs the folder that contains all packs.").format(path=folder),
            "--packs",
        )
    return Library(Path(folder), overlays=overlays)


def today() -> dt.date:
    """The default day of the law: today. Only interfaces read the clock; the engine gets the day as an argument."""
    return dt.date.today()  # noqa: DTZ011  # today, in the user's time zone


def read_day(text: str | None, option: str) -> dt.date | None:
    """A day as typed in an option. Raises Stop.

    >>> read_day("2026-03-01", "--on")
    datetime.date(2026, 3, 1)
    """
    if text is None:
        return None
    if (day := codes.day_of(text.strip())) is None:
        fault = literals.not_a_date(text.strip())
        raise Stop(exit_codes.USAGE, "invalid", f"{option}: {fault}", option, f"{option}: {fault.said(_)}")
    return day
