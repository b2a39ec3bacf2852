"""faults: what can be wrong.

    EntrepotError                 everything of ours
    ├── WordedError               can be told in any language: `text` (a template), `values`, `near`
    │   ├── SaleError             the request does not read as a sale: `code`, `message`, `param` (a JSON path)
    │   ├── LawError              the packs do not reach that place or day
    │   └── RateError             a text is no rate; also a ValueError
    ├── PackError                 a law pack breaks the format: `faults`, all of them at once
    ├── ScheduleError             a file is not the schedule that it was said to be: `file`, `row`, `column`
    ├── TableError                a table cannot be read or written as a whole; a fault of one row stands in its row
    └── StoreError                the rows that the desk keeps cannot be reached

A sale that reads as one always gets a quote, even a refused one: what the law lacks is a value (`Reason`), never an
exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches

#: What is put behind a sentence where a word is near to one that is known.
SUGGESTION = " Did you mean {near!r}?"


class EntrepotError(Exception):
    """Everything that Entrepot raises on purpose."""


class WordedError(EntrepotError):
    """A fault that can be told in any language: an English template, what fills it, and the word that may be meant.

    Only a template is formatted, and never a value; a text without values is no template and stands as it is.

    >>> error = WordedError("{word!r} is no fruit.", near="plum", word="{plumm}")
    >>> error.message
    "'{plumm}' is no fruit. Did you mean 'plum'?"
    >>> error.said({"{word!r} is no fruit.": "Kein Obst: {word!r}."}.get)
    "Kein Obst: '{plumm}'. Did you mean 'plum'?"
    """

    def __init__(self, text: str, near: str = "", **values: object) -> None:
        self.text, self.near, self.values = text, near, values
        self.message = self.said(str)
        super().__init__(self.message)

    def said(self, translate: Callable[[str], str | None]) -> str:
        """The sentence in a language: `translate` gives a template in it, or nothing where it lacks one."""
        sentence = translate(self.text) or self.text
        if self.values:
            # A fault that has another for its cause holds it as a value: both are told in one language.
            inner = {
                name: value.said(translate) if isinstance(value, WordedError) else value
                for name, value in self.values.items()
            }
            sentence = sentence.format(**inner)
        return sentence + suggestion(self.near, translate)


class SaleError(WordedError):
    """The request does not read as a sale.

    >>> error = SaleError("unknown_field", "Unknown field {field!r}.", "lines[0].amuont", "amount", field="amuont")
    >>> error.message
    "Unknown field 'amuont'. Did you mean 'amount'?"
    >>> error.envelope()["error"]["param"]
    'lines[0].amuont'
    """

    def __init__(self, code: str, text: str, param: str, near: str = "", **values: object) -> None:
        super().__init__(text, near, **values)
        self.code, self.param = code, param

    @classmethod
    def of(cls, cause: WordedError, code: str, param: str) -> SaleError:
        """What is wrong elsewhere, as a fault of the sale: in the same words."""
        return cls(code, cause.text, param, cause.near, **cause.values)

    def envelope(self) -> dict[str, dict[str, str]]:
        """The error as the API gives it."""
        kind = {"type": "invalid_request_error", "code": self.code, "message": self.message, "param": self.param}
        return {"error": kind}


class LawError(WordedError):
    """The packs do not reach that place or day."""


class RateError(WordedError, ValueError):
    """A text is no rate."""


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


def nearest(word: str, known: Iterable[str]) -> str:
    """The word, of those known, that may be meant; empty where none is near.

    >>> nearest("notise-40", ["notice-12", "notice-40"]), nearest("xyz", ["notice-40"])
    ('notice-40', '')
    """
    return next(iter(get_close_matches(word, list(known), n=1, cutoff=0.6)), "")


def suggestion(near: str, translate: Callable[[str], str | None] = str) -> str:
    """A word that may be meant as a sentence to put behind another; nothing where there is none.

    >>> suggestion("amount"), suggestion("")
    (" Did you mean 'amount'?", '')
    """
    return (translate(SUGGESTION) or SUGGESTION).format(near=near) if near else ""


def meant(word: str, known: Iterable[str], translate: Callable[[str], str | None] = str) -> str:
    """A suggestion to put behind a message, or nothing.

    >>> meant("notise-40", ["notice-12", "notice-40"]), meant("xyz", ["notice-40"])
    (" Did you mean 'notice-40'?", '')
    """
    return suggestion(nearest(word, known), translate)
