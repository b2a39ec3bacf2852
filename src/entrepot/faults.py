"""faults: what can be wrong.

    EntrepotError                 everything of ours
    ├── SaleError                 the request does not read as a sale: `code`, `message`, `param` (a JSON path)
    ├── PackError                 a law pack breaks the format: `faults`, all of them at once
    ├── LawError                  the packs do not reach that place or day
    ├── ScheduleError             a file is not the schedule that it was said to be: `file`, `row`, `column`
    ├── TableError                a table cannot be read or written as a whole; a fault of one row stands in its row
    └── StoreError                the rows that the desk keeps cannot be reached

A sale that reads as one always gets a quote, even a refused one: what the law lacks is a value (`Reason`), never an
exception.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches


class EntrepotError(Exception):
    """Everything that Entrepot raises on purpose."""


class SaleError(EntrepotError):
    """The request does not read as a sale.

    >>> error = SaleError("unknown_field", "Unknown field 'amuont'. Did you mean 'amount'?", "$.lines[0].amuont")
    >>> error.envelope()["error"]["param"]
    '$.lines[0].amuont'
    """

    def __init__(self, code: str, message: str, param: str) -> None:
        super().__init__(message)
        self.code, self.message, self.param = code, message, param

    def envelope(self) -> dict[str, dict[str, str]]:
        """The error as the API gives it."""
        kind = {"type": "invalid_request_error", "code": self.code, "message": self.message, "param": self.param}
        return {"error": kind}


class LawError(EntrepotError):
    """The packs do not reach that place or day."""


class ScheduleError(EntrepotError):
    """A file is not the schedule that it was said to be, or is broken. Nothing is kept of it.

    >>> str(ScheduleError("The header lacks the column 'code'.", "jp.csv", 1, "code"))
    "jp.csv:1 [code]: The header lacks the column 'code'."
    """

    def __init__(self, message: str, file: str, row: int = 0, column: str = "") -> None:
        super().__init__(str(PackFault(file, row, column, message)))
        self.message, self.file, self.row, self.column = message, file, row, column


class TableError(EntrepotError):
    """A table cannot be read or written as a whole. What is wrong with one row stands in that row instead."""


class StoreError(EntrepotError):
    """The rows that the desk keeps cannot be reached, or the desk is not installed."""


@dataclass(frozen=True, slots=True, order=True)
class PackFault:
    """One fault of a pack: where it stands, what is wrong and the way out."""

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = self.file + (f":{self.row}" if self.row else "") + (f" [{self.column}]" if self.column else "")
        return f"{place}: {self.message}"


class PackError(EntrepotError):
    """A law pack breaks the format; it carries every fault that was found."""

    def __init__(self, faults: Iterable[PackFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


def meant(word: str, known: Iterable[str]) -> str:
    """A suggestion to put behind a message, or nothing.

    >>> meant("notise-40", ["notice-12", "notice-40"]), meant("xyz", ["notice-40"])
    (" Did you mean 'notice-40'?", '')
    """
    near = get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""
