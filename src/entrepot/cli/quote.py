"""quoting: the command `quote`: a sale in, its answer out, as a page or as JSON."""

from __future__ import annotations

import datetime as dt
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
from entrepot.model.errors import SaleError
from entrepot.model.quote import Quote


def answer(given: Mapping[str, Any]) -> int:
    """Answers `entrepot quote …`."""
    typed = {name: value for name, value in given.items() if name not in options.BESIDE and value not in (None, [], ())}
    on, house = day_of(given.get("on"), "--on"), packs_of(given.get("packs"), given.get("overlays"))
    path = given.get("file")
    if path is None and not typed:
        example = 'entrepot quote --from VN --to CN --hs 0901.21 --amount "100 CNY"'
        message = _("Say what is sold, for example: {example}; or give a file.").format(example=example)
        raise Stop(exit_codes.USAGE, "missing", message)
    if path is not None and typed:
        message = _("A file holds the whole sale; {option} goes without one. Write it into the file.")
        option = next(each.flags[0] for each in options.QUOTE if each.name in typed)
        raise Stop(exit_codes.USAGE, "invalid", message.format(option=option), option)
    request = read_request(path) if path is not None else sale_of(typed, house.world)
    quote, law = ask(request, on, house, by_option=path is None)
    if given["strict"]:
        quote = refuse_open(quote)
    if given["json"]:
        exit_codes.put_json(msgspec.json.encode(quote))
    else:
        show(quote, request, law, house.world, explain=given["explain"], by_option=path is None)
    return exit_codes.REFUSED if quote.assessment.outcome == "refused" else exit_codes.ANSWERED


def ask(request: Mapping[str, Any], on: dt.date | None, house: Library, *, by_option: bool) -> tuple[Quote, Law]:
    """The quote of a request, and its law. Where it was typed, an error names the option in place of the field."""
    try:
        return app.quote_by(request, on=on, packs=house)
    except SaleError as error:
        raise exit_codes.of_sale(error, exit_codes.option_of(error.param) if by_option else error.param) from None


def refuse_open(quote: Quote) -> Quote:
    """With --strict whatever is not complete is refused: what stands open are then the reasons."""
    if quote.assessment.outcome != "estimated":
        return quote
    return msgspec.structs.replace(
        quote, assessment=msgspec.structs.replace(quote.assessment, outcome="refused"), best=None
    )


def show(quote: Quote, request: Mapping[str, Any], law: Law, world: World, *, explain: bool, by_option: bool) -> None:
    """Puts the page of a quote on the terminal. `law`: the one that the quote was made by."""
    from entrepot.cli import terminal
    from entrepot.cli.quote_context import Shown, joined
    from entrepot.cli.quote_page import page

    translate.use_law(law)
    screen = terminal.console()
    shown = Shown(quote, request, law, world, terminal.marks_of(screen), terminal.width_of(screen), by_option)
    lines = page(shown)
    if explain:
        from entrepot.cli.explanation import footnotes

        lines = joined([lines, footnotes(shown)])
    terminal.put(screen, lines)


def packs_of(folder: str | None, overlays: Sequence[str] | None = None) -> Library:
    """The packs of a folder, else those that came with Entrepot; with overlays over them.

    They are the packs of this command: an economy is called as they call it.
    """
    house = _packs(folder, [Path(each) for each in overlays or ()])
    translate.use_names(house.name_of)
    return house


def _packs(folder: str | None, overlays: Sequence[Path]) -> Library:
    if folder is None:
        return Library(overlays=overlays) if overlays else app.library()
    if not Path(folder).is_dir():
        raise Stop(
            exit_codes.NO_LAW,
            "no_packs",
            _("There is no folder {path}. --packs takes the folder of all packs.").format(path=folder),
            "--packs",
        )
    return Library(Path(folder), overlays=overlays)


def today() -> dt.date:
    """The day of the law where nobody says which: here, at the edge, the clock may be asked."""
    return dt.date.today()  # noqa: DTZ011  # the law of the place where the user is awake


def day_of(text: str | None, option: str) -> dt.date | None:
    """A day as it is typed.

    >>> day_of("2026-03-01", "--on")
    datetime.date(2026, 3, 1)
    """
    if text is None:
        return None
    if (day := codes.day_of(text.strip())) is None:
        fault = literals.not_a_date(text.strip())
        raise Stop(exit_codes.USAGE, "invalid", f"{option}: {fault}", option, f"{option}: {fault.said(_)}")
    return day
