"""What is in the basket: so many pieces of offers, kept in the session, which a sign-in keeps and a sign-out ends."""

from __future__ import annotations

from django.http import HttpRequest

from entrepot.trade.checkout import MAX_QUANTITY
from entrepot.trade.ids import is_id

#: Where the session keeps it, and how many offers it has at most.
NAME, MOST = "basket", 40


class Full(Exception):
    """The basket has as many offers as it can have."""


def read(request: HttpRequest) -> dict[str, int]:
    """The pieces by the ids of offers, in the order in which they were put in. Reads no session that was not begun."""
    found = request.session.get(NAME)
    if not isinstance(found, dict):
        return {}
    return {number: pieces for number, pieces in found.items() if isinstance(pieces, int) and is_id(number, "of_")}


def add(request: HttpRequest, number: str, pieces: int) -> None:
    """Put more pieces of an offer into the basket. Raises Full."""
    found = read(request)
    if number not in found and len(found) >= MOST:
        raise Full
    put(request, number, found.get(number, 0) + pieces)


def put(request: HttpRequest, number: str, pieces: int) -> None:
    """Set how many pieces of an offer are in the basket; none removes it."""
    found = read(request)
    if pieces > 0:
        found[number] = min(pieces, MAX_QUANTITY)
    else:
        found.pop(number, None)
    request.session[NAME] = found


def empty(request: HttpRequest) -> None:
    """Empty the basket, as after an order."""
    request.session.pop(NAME, None)


def pieces_of(text: str) -> int | None:
    """A number of pieces as it was typed; None for what is none.

    >>> pieces_of(" 3 "), pieces_of("0"), pieces_of("-1"), pieces_of("1e9"), pieces_of("๓")
    (3, 0, None, None, 3)
    """
    digits = text.strip()
    if not digits.isdecimal() or len(digits) > len(str(MAX_QUANTITY)) or int(digits) > MAX_QUANTITY:
        return None
    return int(digits)
