"""Statements over many rows that SQLite and PostgreSQL both read, for tables that commands of trade write often."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any

#: Rows of one statement: SQLite allows 32,766 parameters.
MAX_ROWS = 500


def insert(cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], conflict: str = "") -> None:
    """Insert rows. `conflict`: the ON CONFLICT clause."""
    for part in _batched(rows):
        row = f"({', '.join(['%s'] * len(columns))})"
        names = ", ".join(f'"{column}"' for column in columns)
        values = ", ".join([row] * len(part))
        cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES {values} {conflict}', list(chain.from_iterable(part)))


def upsert(
    cursor: Any, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]], identity: Sequence[str]
) -> None:
    """Insert rows; where there is one with this identity, set its other columns."""
    names = ", ".join(f'"{column}"' for column in identity)
    changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns if column not in identity)
    insert(cursor, table, columns, rows, f"ON CONFLICT ({names}) DO UPDATE SET {changed}")


class Script:
    """Statements that are collected and sent in one message, for PostgreSQL: each message is a round trip.

    It takes the place of a cursor where rows are only written. Not for texts with a % that is not a parameter.
    """

    def __init__(self, cursor: Any) -> None:
        self.db = cursor.db
        self._cursor = cursor
        self._queries: list[str] = []
        self._values: list[Any] = []

    def __bool__(self) -> bool:
        """Whether there are statements to send."""
        return bool(self._queries)

    def execute(self, query: str, values: Sequence[Any] = ()) -> None:
        """Add a statement."""
        self._queries.append(query)
        self._values += values

    def send(self) -> list[list[tuple[Any, ...]]]:
        """Send the statements. Returns the rows of each one that returns rows; all have failed if one fails."""
        text = "; ".join(self._queries)
        if self._values:
            text = _with_literals(text, self._values, self.db.connection)
        self._cursor.execute(text)
        self._queries, self._values = [], []
        found: list[list[tuple[Any, ...]]] = []
        while True:
            if self._cursor.description is not None:
                found.append(self._cursor.fetchall())
            if not self._cursor.nextset():
                return found


class Immediate:
    """In place of `Script` on SQLite, which has no round trips: each statement is executed when it is added."""

    def __init__(self, cursor: Any) -> None:
        self.db = cursor.db
        self._cursor = cursor
        self._found: list[list[tuple[Any, ...]]] = []

    def __bool__(self) -> bool:
        """Whether statements were executed."""
        return bool(self._found)

    def execute(self, query: str, values: Sequence[Any] = ()) -> None:
        """Execute a statement that returns rows."""
        self._found.append(select(self._cursor, query, *values))

    def send(self) -> list[list[tuple[Any, ...]]]:
        """The rows of each statement."""
        found, self._found = self._found, []
        return found


def _with_literals(text: str, values: Sequence[Any], connection: Any) -> str:
    """A text with its values, each quoted by psycopg, as its cursor of the client does.

    That cursor looks for parameters in the text with a pattern: of hundreds of rows that takes longer than to quote.
    """
    from psycopg.adapt import Transformer  # noqa: PLC0415  # psycopg is imported if PostgreSQL is used

    literal = Transformer(connection).as_literal
    return (text.encode() % tuple(b"NULL" if each is None else literal(each) for each in values)).decode()


def select(cursor: Any, query: str, *values: Any) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    cursor.execute(query, values)
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def as_bytes(value: Any) -> bytes:
    """The bytes of a binary column. A text is not what was stored there, and a verification shall name it."""
    return value.encode() if isinstance(value, str) else bytes(value)


def _batched(rows: Sequence[Sequence[Any]]) -> Iterator[Sequence[Sequence[Any]]]:
    return (rows[at : at + MAX_ROWS] for at in range(0, len(rows), MAX_ROWS))
