"""exits: the exit codes, and what is said where there is no answer. No fault reaches the user as a traceback."""

from __future__ import annotations

import re
import sys
from typing import Any

import msgspec

from entrepot.language.translate import N_, _, told
from entrepot.model.errors import SaleError

ANSWERED = 0
PACK_FAULTS = 1
USAGE = 2
NO_SALE = 3
REFUSED = 4
NO_LAW = 5
UNREACHED = 69
FAULT = 70
NOT_WRITTEN = 74
INTERRUPTED = 130
CLOSED_PIPE = 141

#: What `--help` says of them.
MEANINGS = {
    ANSWERED: N_("answered, complete or estimated"),
    PACK_FAULTS: N_("a pack or a schedule has faults"),
    USAGE: N_("the command line was not understood"),
    NO_SALE: N_("the request is no sale"),
    REFUSED: N_("refused; with --strict also whatever is not complete"),
    NO_LAW: N_("there are no packs, or no law of that place"),
    UNREACHED: N_("a file could not be fetched"),
}

#: The option that gives a field of the sale, for whoever wrote the sale on the command line.
OPTIONS = {
    "ship_from.country": "--from",
    "ship_to.country": "--to",
    "ship_to.state": "--state",
    "ship_to.postal_code": "--postal-code",
    "buyer.kind": "--buyer",
    "buyer.tax_ids": "--tax-id",
    "buyer.year_to_date": "--year-to-date",
    "seller.registrations": "--registered",
    "asserted": "--assert",
    "shipping_cost": "--shipping",
    "insurance_cost": "--insurance",
    "discount_amount": "--discount",
    "exchange_rates": "--rate-of",
    "date": "--on",
    "hs_code": "--hs",
    "country_of_origin": "--origin",
    "proof_of_origin": "--proof",
    "net_mass_kg": "--kg",
    "gross_mass_kg": "--gross-kg",
    "square_metres": "--square-metres",
    "cubic_metres": "--cubic-metres",
    "alcohol_percent": "--alcohol",
    "tax_class": "--tax-class",
    "rates.duty": "--duty",
    "rates": "--rate",
    "currency": "--currency",
}


class Stop(Exception):
    """An end without an answer: the exit code, and the error as the API gives it.

    `said`: the message in the user's language, where it is another.
    """

    def __init__(self, exit_code: int, code: str, message: str, param: str = "", said: str = "") -> None:
        super().__init__(message)
        self.exit_code, self.code, self.message, self.param = exit_code, code, message, param
        self.said = said or message

    def envelope(self) -> dict[str, Any]:
        """The error as JSON has it."""
        kind = {"type": "invalid_request_error", "code": self.code, "message": self.message, "param": self.param}
        return {"error": {key: text.encode("utf-8", "replace").decode() for key, text in kind.items()}}


def option_of(param: str) -> str:
    """The option that gives a field.

    >>> option_of("lines[0].hs_code"), option_of("lines[0].rates.duty"), option_of("exchange_rates.USD")
    ('--hs', '--duty', '--rate-of')
    """
    name = re.sub(r"^lines\[\d*\]\.", "", param)
    for known in (name, name.rpartition(".")[0]):
        if known in OPTIONS:
            return OPTIONS[known]
    return f"--{name.replace('_', '-')}" if re.fullmatch(r"[a-z_]+", name) else name


class ClosedPipe(Exception):
    """Whoever read the answer has heard enough (`| head`)."""


def put_json(value: Any) -> None:
    """JSON, and nothing else, on standard output: UTF-8 whatever the terminal speaks."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        _write(sys.stdout, body.decode() + "\n")
    else:
        _write(stream, body + b"\n")


def put_text(text: str) -> None:
    """Text on standard output."""
    _write(sys.stdout, text)


def put_aside(sentence: str) -> None:
    """A sentence on standard error, beside the answer."""
    sys.stderr.write(f"{_printable(sentence)}\n")


def _write(stream: Any, content: str | bytes) -> None:
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        raise ClosedPipe from None
    except OSError as error:
        message = _("The answer could not be written: {why}.").format(why=error.strerror or error)
        raise Stop(NOT_WRITTEN, "not_written", message) from None


def of_sale(error: SaleError, param: str) -> Stop:
    """The end that a fault of a sale means. `param`: what the user has to change, a field or an option."""
    code = NO_LAW if error.code == "no_law" else NO_SALE
    return Stop(code, error.code, error.message, param, told(error))


def put_error(stop: Stop) -> None:
    """One sentence on standard error that names the field and the way out."""
    known = stop.param in stop.said or stop.param.isupper()
    where = f" ({stop.param})" if stop.param and not known else ""
    colour = sys.stderr.isatty() and not _no_colour()
    head = _("error:")
    head = f"\x1b[1;31m{head}\x1b[0m" if colour else head
    sys.stderr.write(f"{head} {_printable(stop.said)}{_printable(where)}\n")


def _printable(text: str) -> str:
    # What a caller typed may hold control characters: they would move the cursor.
    return "".join(sign if sign.isprintable() or sign == "\n" else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _no_colour() -> bool:
    import os

    return bool(os.environ.get("NO_COLOR"))
