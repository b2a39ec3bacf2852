"""A browser of the buyer of another node: it came by a link, has no account, and uses services that the link opens.

The session keeps the keyed hash of the secret, not the secret. Each use looks again whether the link still opens.
"""

from __future__ import annotations

import re
import secrets
from functools import partial

from django.http import HttpRequest

from entrepot.model.errors import TradeError
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.nodes import visitors
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services.course_launches import Person

#: Where a session keeps the links by which it came, the seat at which a course is being opened, and its own name.
_LINKS, _SEAT, _BROWSER = "links_of_visitor", "seat_of_visitor", "browser_of_visitor"
#: Links of one browser, at most.
MAX_LINKS = 20
_BACK = re.compile(r"/visitors/(dl_[0-9a-f]{32})/course\Z")


def begin(request: HttpRequest, number: str, key: str) -> None:
    """Remember that a browser came to a delivery. `key`: of `trade.nodes.visitors.key_of`."""
    known = {name: each for name, each in request.session.get(_LINKS, {}).items() if name != number}
    request.session[_LINKS] = dict([*known.items(), (number, key)][-MAX_LINKS:])


def key_of(request: HttpRequest, number: str) -> str:
    """The key of a delivery to which a browser came; "" where it did not."""
    return str(request.session.get(_LINKS, {}).get(number, ""))


def find(request: HttpRequest, number: str) -> Delivery:
    """The delivery to which a browser came. Raises NotFound, and TradeError where the exchange is closed."""
    key = key_of(request, number)
    if not key:
        raise NotFound(number)
    return open_books().run(partial(visitors.visitor_with, number=number, key=key))


def worker_of(request: HttpRequest, found: Delivery) -> str:
    """By which a workspace knows this browser: the same as long as its session lasts. It tells nothing of a person."""
    if _BROWSER not in request.session:
        request.session[_BROWSER] = secrets.token_hex(8)
    return visitors.worker(found.id, request.session[_BROWSER])


def sit(request: HttpRequest, found: Delivery, seat: int) -> Person:
    """Open a course at a seat from now on, as the person of it."""
    request.session[_SEAT] = [found.id, seat]
    return Person(visitors.learner(found.id, seat), found.buyer)


def leave(request: HttpRequest) -> None:
    """Open courses as a person with an account from now on."""
    request.session.pop(_SEAT, None)


def person_of(request: HttpRequest) -> Person | None:
    """The person of the seat at which a course is being opened; None for a browser that is no visitor.

    Raises NotFound and TradeError.
    """
    found = request.session.get(_SEAT)
    if not found:
        return None
    number, seat = found
    return Person(visitors.learner(number, seat), find(request, number).buyer)


def may_stay(request: HttpRequest, back: str) -> bool:
    """Whether a course may be read on that was opened from a page. `back`: its address."""
    found = _BACK.search(back)
    if found is None:
        return True
    try:
        find(request, found[1])
    except (NotFound, TradeError):
        return False
    return True
