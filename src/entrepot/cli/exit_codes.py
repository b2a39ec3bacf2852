"""The exit codes, the exception that ends a command with one of them, and writing to the standard streams."""

from __future__ import annotations

import errno
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from entrepot.language.translate import N_, _, error_text
from entrepot.model.errors import SaleError, in_quotes

SUCCESS = 0
PACK_FAULTS = 1
USAGE = 2
INVALID_SALE = 3
REFUSED = 4
NO_LAW = 5
NOT_FETCHED = 69
INTERNAL_ERROR = 70
NOT_WRITTEN = 74
INTERRUPTED = 130
CLOSED_PIPE = 141

#: Characters of a path that a message shows.
MAX_SHOWN = 40
#: The exit codes that `--help` lists.
MEANINGS = {
    SUCCESS: N_("success, complete or estimated"),
    PACK_FAULTS: N_("a pack, a schedule, the ledger or a proof has errors"),
    USAGE: N_("invalid command line"),
    INVALID_SALE: N_("the request is not a valid sale"),
    REFUSED: N_("refused, or open only on a condition; with --strict, estimated quotes too"),
    NO_LAW: N_("no packs, or no law for the destination"),
    NOT_FETCHED: N_("a file could not be downloaded"),
}

#: The option that gives a field of the sale; errors name it where the sale was typed as options.
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
    """Ends a command without a result: the exit code, and the error as the API gives it.

    `said`: the message in the user's language, if it differs.
    """

    def __init__(self, exit_code: int, code: str, message: str, param: str = "", said: str = "") -> None:
        super().__init__(message)
        self.exit_code, self.code, self.message, self.param = exit_code, code, message, param
        self.said = said or message

    def envelope(self) -> dict[str, Any]:
        """The error as JSON."""
        kind = {"type": "invalid_request_error", "code": self.code, "message": self.message, "param": self.param}
        return {"error": {key: text.encode("utf-8", "replace").decode() for key, text in kind.items()}}


def option_of(param: str) -> str:
    """The option that gives a field.

    >>> option_of("lines[0].hs_code"), option_of("lines[0].rates.duty"), option_of("exchange_rates.USD")
    ('--hs', '--duty', '--rate-of')
    >>> option_of("seller.registrations[0]"), option_of("lines[0]")
    ('--registered', 'lines[0]')
    """
    name = re.sub(r"^lines\[\d*\]\.|(?<!^lines)\[\d+\]$", "", param)
    for known in (name, name.rpartition(".")[0]):
        if known in OPTIONS:
            return OPTIONS[known]
    return f"--{name.replace('_', '-')}" if re.fullmatch(r"[a-z_]+", name) else name


def words_for(param: str) -> str:
    """What to type for a field: its option, and for a rate of a charge the charge.

    >>> words_for("lines[0].rates.high_value_levy"), words_for("lines[0].rates.duty"), words_for("lines[0].litres")
    ('--rate high_value_levy=…', '--duty', '--litres')
    """
    option, charge = option_of(param), param.rpartition(".rates.")[2]
    return f"{option} {charge}=…" if option == "--rate" and charge != param else option


def too_long_path(error: OSError) -> Stop:
    """The exit code and the message for a path that is too long for the system, of which the beginning is shown.

    >>> print(too_long_path(OSError(errno.ENAMETOOLONG, "", "a" * 300)).message)
    The path "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa …" is too long: a name in it has at most 255 bytes.
    """
    name = str(error.filename or "")
    shown = in_quotes(f"{name[:MAX_SHOWN]} …" if len(name) > MAX_SHOWN else name)
    message = _("The path {path} is too long: a name in it has at most 255 bytes.").format(path=shown)
    return Stop(USAGE, "path_too_long", message)


class ClosedPipe(Exception):
    """The reader of standard output closed the pipe (`| head`)."""


def write_new_file(name: str, text: str) -> None:
    """Write a file that does not exist yet, as `--to` names it. Raises Stop."""
    with new_file(name, text):
        pass


@contextmanager
def new_file(name: str, text: str) -> Iterator[None]:
    """Write a file that does not exist yet: before the block as a whole under another name, after it under its own.

    So the block can keep what is known of the file: where that fails there is no file, and where the file cannot be
    written, such as one that exists, nothing is kept. Raises Stop.
    """
    import tempfile

    path, part = Path(name), None
    try:
        try:
            if os.path.lexists(path):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST))
            handle, part = tempfile.mkstemp(dir=path.parent, prefix=".new-")  # of mode 0600
            with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise _unwritable(name, error) from None
        yield
        try:
            _move_new(Path(part), path)
        except OSError as error:
            raise _unwritable(name, error) from None
    finally:
        if part is not None:
            Path(part).unlink(missing_ok=True)


def _unwritable(name: str, error: OSError) -> Stop:
    message = _("{file} cannot be written: {why}.").format(file=name, why=error.strerror or error)
    return Stop(NOT_WRITTEN, "unwritable", message, "--out")


def _move_new(part: Path, path: Path) -> None:
    """Give a file its name, unless there is one of that name. Its mode is that of any new file. Raises OSError."""
    mask = os.umask(0)
    os.umask(mask)
    part.chmod(0o666 & ~mask)
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        with path.open("xb") as file:
            file.write(part.read_bytes())


def put_json(value: Any) -> None:
    """Writes JSON to standard output, in UTF-8 whatever the encoding of the terminal."""
    body = value if isinstance(value, bytes) else msgspec.json.encode(value)
    stream = getattr(sys.stdout, "buffer", None)
    if stream is None:
        _write(sys.stdout, body.decode() + "\n")
    else:
        _write(stream, body + b"\n")


def put_text(text: str) -> None:
    """Writes text to standard output."""
    _write(sys.stdout, text)


def put_note(sentence: str) -> None:
    """Writes a sentence to standard error, so that standard output has only the result."""
    sys.stderr.write(f"{_printable(sentence)}\n")


def _write(stream: Any, content: str | bytes) -> None:
    try:
        stream.write(content)
        stream.flush()
    except BrokenPipeError:
        raise ClosedPipe from None
    except OSError as error:
        message = _("The output could not be written: {why}.").format(why=error.strerror or error)
        raise Stop(NOT_WRITTEN, "not_written", message) from None


def stop_for_sale_error(error: SaleError, param: str) -> Stop:
    """The exit code and the message of an error in a sale. `param`: the field or option to change."""
    code = NO_LAW if error.code == "no_law" else INVALID_SALE
    return Stop(code, error.code, error.message, param, error_text(error))


def put_error(stop: Stop) -> None:
    """Writes the error as one sentence to standard error, with the field or option to change."""
    known = stop.param in stop.said or stop.param.isupper()
    where = f" ({stop.param})" if stop.param and not known else ""
    colour = sys.stderr.isatty() and not _no_colour()
    head = _("error:")
    head = f"\x1b[1;31m{head}\x1b[0m" if colour else head
    sys.stderr.write(f"{head} {_printable(stop.said)}{_printable(where)}\n")


def _printable(text: str) -> str:
    # Text from the caller may contain control characters, which would move the cursor; Khmer has zero-width spaces.
    return "".join(sign if sign.isprintable() or sign in "\n\u200b" else "\N{REPLACEMENT CHARACTER}" for sign in text)


def _no_colour() -> bool:
    import os

    return bool(os.environ.get("NO_COLOR"))
