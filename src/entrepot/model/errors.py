"""The exceptions of Entrepot.

    EntrepotError                 every error that Entrepot raises on purpose
    ├── WordedError               has a translatable message: `text` (a template), `values`, `near`
    │   ├── SaleError             the request is not a valid sale: `code`, `message`, `param` (a JSON path)
    │   ├── TradeError            a step of a trade is refused: `code`, `message`, `param` (a JSON path)
    │   │   └── NotAllowed        the object is in a state in which the step is not possible
    │   ├── LawError              the packs have no law for that place or day
    │   ├── RateError             a text is not a rate; also a ValueError
    │   ├── FieldError            a path of `fields` is not a part of a quote; also a ValueError
    │   ├── DecimalError          a text is not a decimal number
    │   └── DateError             a text is not a date
    ├── PackError                 a law pack is invalid: `faults`, all of them at once
    ├── ScheduleError             a file is not a valid schedule: `file`, `row`, `column`
    ├── TableError                a table cannot be read or written as a whole; an invalid row has a `fault` instead
    │   ├── WordedTableError      its message is translatable; also a WordedError
    │   │   ├── TableNotFound     there is no file or folder of that name
    │   │   └── OutputExists      there is a file of that name already
    │   └── TableTooLarge         it unpacks to more bytes than allowed; also a WordedError
    └── StoreError                the database of the web server cannot be reached

A valid sale always gets a quote, even if it is refused: missing law is a value (`Reason`), never an exception.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any, Self

#: Appended to a message if a known word is similar to the one given.
SUGGESTION = " Did you mean {near!r}?"


class EntrepotError(Exception):
    """Base class of every error that Entrepot raises on purpose."""

    def __reduce__(self) -> tuple[Any, ...]:
        """For `pickle`, as where an error is raised in another process: `__init__` has other arguments than `args`."""
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: type[EntrepotError], args: tuple[Any, ...], fields: dict[str, Any]) -> EntrepotError:
    """An error as it was, without `__init__`."""
    found = kind.__new__(kind, *args)
    found.__dict__.update(fields)
    return found


class WordedError(EntrepotError):
    """An error with a translatable message: an English template, its values, and a similar known word.

    Only the template is formatted, never a value. A text without values is not a template and is used unchanged.

    >>> error = WordedError("{word!r} is no fruit.", near="plum", word="{plumm}")
    >>> error.message
    '"{plumm}" is no fruit. Did you mean "plum"?'
    >>> error.said({"{word!r} is no fruit.": "Kein Obst: {word!r}."}.get)
    'Kein Obst: "{plumm}". Did you mean "plum"?'
    """

    def __init__(self, text: str, near: str = "", **values: object) -> None:
        self.text, self.near, self.values = text, near, values
        self.message = self.said(str)
        super().__init__(self.message)

    def said(self, translate: Callable[[str], str | None]) -> str:
        """The message in a language: `translate` returns the template in it, or None if it has no translation."""
        sentence = translate(self.text) or self.text
        if self.values:
            sentence = format_quoted(sentence, **{name: _said(value, translate) for name, value in self.values.items()})
        return sentence + suggestion(self.near, translate)


class PlaceName(str):
    """The English name of an economy, or of a state or province, as a value of an error; it is shown translated.

    `code`: the code of an economy, for the name that a language has for it; `names`: the names by language.

    >>> place = PlaceName("Canada", code="CA")
    >>> place, place.code, WordedError("No law of {place}.", place=place).message
    ('Canada', 'CA', 'No law of Canada.')
    """

    __slots__ = ("code", "names")
    code: str
    names: Mapping[str, str]

    def __new__(cls, english: str, code: str = "", names: Mapping[str, str] | None = None) -> Self:
        """The name, with what gives it in other languages."""
        found = super().__new__(cls, english)
        found.code, found.names = code, {} if names is None else names  # an error of it may be sent to a process
        return found


def _said(value: object, translate: Callable[[str], str | None]) -> object:
    """A value of a message: an error that caused another is translated, and the names of places are."""
    if isinstance(value, WordedError):
        return value.said(translate)
    if isinstance(value, PlaceName):
        return str(translate(value) or value)
    if isinstance(value, tuple) and all(isinstance(each, PlaceName) for each in value):
        return ", ".join(str(translate(each) or each) for each in value)
    return value


class SaleError(WordedError):
    """The request is not a valid sale.

    >>> error = SaleError("unknown_field", "Unknown field {field!r}.", "lines[0].amuont", "amount", field="amuont")
    >>> error.message
    'Unknown field "amuont". Did you mean "amount"?'
    >>> error.envelope()["error"]["param"]
    'lines[0].amuont'
    """

    def __init__(self, code: str, text: str, param: str, near: str = "", **values: object) -> None:
        super().__init__(text, near, **values)
        self.code, self.param = code, param

    @classmethod
    def of(cls, cause: WordedError, code: str, param: str) -> SaleError:
        """Another error as an error of the sale, with the same message."""
        return cls(code, cause.text, param, cause.near, **cause.values)

    def envelope(self) -> dict[str, dict[str, str]]:
        """The error in the JSON format of the API."""
        kind = {"type": "invalid_request_error", "code": self.code, "message": self.message, "param": self.param}
        return {"error": kind}


class TradeError(WordedError):
    """A step of a trade is refused, and nothing of it happened. The message says what is possible.

    >>> error = TradeError("no_stock", "{offer} has {left} left.", "items[0].quantity", offer="of_1", left=2)
    >>> error.code, error.message, error.envelope()["error"]["param"]
    ('no_stock', 'of_1 has 2 left.', 'items[0].quantity')
    """

    def __init__(self, code: str, text: str, param: str = "", near: str = "", **values: object) -> None:
        super().__init__(text, near, **values)
        self.code, self.param = code, param

    def envelope(self) -> dict[str, dict[str, str]]:
        """The error in the JSON format of the API."""
        kind = {"type": "invalid_request_error", "code": self.code, "message": self.message, "param": self.param}
        return {"error": kind}


class LawError(WordedError):
    """The packs have no law for that place or day."""


class RateError(WordedError, ValueError):
    """A text is not a rate."""


class FieldError(WordedError, ValueError):
    """A path of `fields` is not a part of a quote."""


class DecimalError(WordedError):
    """A text is not a decimal number."""


class DateError(WordedError):
    """A text is not a date."""


class ScheduleError(EntrepotError):
    """A file is not a valid schedule of the given format. Nothing of the file is installed.

    >>> str(ScheduleError("The header lacks the column 'code'.", "jp.csv", 1, "code"))
    "jp.csv:1 [code]: The header lacks the column 'code'."
    """

    def __init__(self, message: str, file: str, row: int = 0, column: str = "") -> None:
        super().__init__(str(PackFault(file, row, column, message)))
        self.message, self.file, self.row, self.column = message, file, row, column


class RatesError(ScheduleError):
    """A file is not a valid file of exchange rates, or kept rates cannot be read."""


class TableError(EntrepotError):
    """A table cannot be read or written as a whole. An invalid row has an error code in `fault` instead.

    `seeming`: where a column is not known or a field is missing, the fields that columns seem to give, by their names.
    """

    seeming: Mapping[str, str] = MappingProxyType({})


class WordedTableError(WordedError, TableError):
    """A table cannot be read or written as a whole, and the message is translatable."""


class TableNotFound(WordedTableError):
    """The file of a table, or the folder of its output, does not exist."""


class OutputExists(WordedTableError):
    """The file of an output exists, and is not to be replaced."""


class TableTooLarge(WordedError, TableError):
    """A table, or a part of it, unpacks to more bytes than the limits allow."""


class StoreError(EntrepotError):
    """The database of the web server cannot be reached, or the web server is not installed."""


@dataclass(frozen=True, slots=True, order=True)
class PackFault:
    """One fault of a pack: its place, what is wrong, and how to correct it."""

    file: str
    row: int
    column: str
    message: str

    def __str__(self) -> str:
        place = self.file + (f":{self.row}" if self.row else "") + (f" [{self.column}]" if self.column else "")
        return f"{place}: {self.message}"


class PackError(EntrepotError):
    """A law pack is invalid. `faults` has every fault that was found."""

    def __init__(self, faults: Iterable[PackFault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(map(str, self.faults)))


class _Quoted(str):
    """A text whose representation, `{word!r}` in a template, is in double quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return in_quotes(str(self))


def in_quotes(value: object) -> str:
    r"""A value of a user as messages show it: a text in double quotes, with what cannot be printed escaped.

    >>> print(in_quotes("7 %"), in_quotes('a"b'), in_quotes("x\n"), in_quotes(7))
    "7 %" "a\"b" "x\n" 7
    """
    if not isinstance(value, str):
        return repr(value)
    if not value.isprintable() or '"' in value or "\\" in value:
        value = "".join(_escaped(sign) for sign in value)
    return f'"{value}"'


def _escaped(sign: str) -> str:
    if sign in '"\\':
        return f"\\{sign}"
    return sign if sign.isprintable() else sign.encode("unicode_escape").decode()


def format_quoted(template: str, **values: object) -> str:
    """A template with its values; `{word!r}` shows a text in double quotes.

    >>> format_quoted("{word!r} is not a {what}.", word="x", what="rate")
    '"x" is not a rate.'
    """
    return template.format(
        **{name: _Quoted(value) if isinstance(value, str) else value for name, value in values.items()}
    )


#: Of two similar words, the least share of equal letters (as `difflib` counts it).
LIKE = 0.6


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most similar; empty if none is similar.

    >>> nearest("notise-40", ["notice-12", "notice-40"]), nearest("xyz", ["notice-40"])
    ('notice-40', '')
    """
    # Most words are too short or too long for it: that takes less to find out here.
    near = [each for each in known if 2 * min(len(word), len(each)) >= LIKE * (len(word) + len(each))]
    return next(iter(get_close_matches(word, near, n=1, cutoff=LIKE)), "")


def suggestion(near: str, translate: Callable[[str], str | None] = str) -> str:
    """The suggestion of a similar word, to append to a message; empty if there is none.

    >>> suggestion("amount"), suggestion("")
    (' Did you mean "amount"?', '')
    """
    return format_quoted(translate(SUGGESTION) or SUGGESTION, near=near) if near else ""


def meant(word: str, known: Iterable[str], translate: Callable[[str], str | None] = str) -> str:
    """The suggestion of the most similar known word, to append to a message; empty if there is none.

    >>> meant("notise-40", ["notice-12", "notice-40"]), meant("xyz", ["notice-40"])
    (' Did you mean "notice-40"?', '')
    """
    return suggestion(nearest(word, known), translate)
