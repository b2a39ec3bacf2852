"""Pictures that an import of offers names by their addresses: fetched by this server, within bounds.

Who uploads a file chooses the addresses, so they are checked as those of webhooks are (`connect.webhooks.addresses`):
only HTTPS, only the public internet, the connection to the checked address, no redirects. What comes is decoded and
written again as an uploaded picture is.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence

from entrepot.connect.webhooks import post as http
from entrepot.connect.webhooks.addresses import UnsafeAddress, read_url
from entrepot.model.errors import TradeError
from entrepot.trade.offers import Offer
from entrepot.trade.presenting import MAX_PICTURES
from entrepot.trade_app import market
from entrepot.trade_app.books import open_books
from entrepot.trade_app.pictures import MAX_BYTES

#: Seconds for one picture, and for all of a file; pictures of a file that are fetched.
SECONDS, ALL_SECONDS, MAX_FETCHED = 10.0, 300.0, 500


class Fetching:
    """Fetches the pictures of one file of offers. `allow_loopback`: also from this machine, as in development."""

    def __init__(
        self,
        *,
        allow_loopback: bool,
        clock: Callable[[], float] = time.monotonic,
        get: Callable[..., http.Answer] = http.get,
    ) -> None:
        self._allow_loopback, self._clock, self._get = allow_loopback, clock, get
        self._end, self._left = clock() + ALL_SECONDS, MAX_FETCHED

    def add(self, seller: str, number: str, urls: Sequence[str]) -> Iterator[TradeError]:
        """Add the pictures at some addresses to an offer. Yields why a picture was not added."""
        for url in urls:
            try:
                offer: Offer = open_books().read(number)
                if len(offer.presentation.pictures) >= MAX_PICTURES:
                    raise TradeError(
                        "too_many_pictures", "An offer has at most {most} pictures. Remove one first.", "pictures",
                        most=MAX_PICTURES,
                    )  # fmt: skip
                market.add_pictures(seller, number, [self.fetch(url)])
            except TradeError as error:
                yield error

    def fetch(self, url: str) -> bytes:
        """What is at an address, at most a byte more than a picture may have. Raises TradeError."""
        if self._left <= 0 or self._clock() >= self._end:
            raise TradeError(
                "picture_not_fetched",
                "The picture {url} was not fetched, because the file names too many or they took too long. Import the "
                "other rows in a file of their own.",
                "pictures",
                url=url[:200],
            )
        self._left -= 1
        try:
            target = read_url(url, allow_loopback=self._allow_loopback)
            seconds = min(SECONDS, max(self._end - self._clock(), 1.0))
            answer = self._get(
                target, most=MAX_BYTES + 1, accept="image/webp, image/jpeg, image/png",
                allow_loopback=self._allow_loopback, timeout=seconds,
            )  # fmt: skip
        except UnsafeAddress:
            raise TradeError(
                "picture_address",
                "The address {url} of a picture is not allowed. Use https:// and a server of the public internet.",
                "pictures",
                url=url[:200],
            ) from None
        except http.NoAnswer as error:
            raise TradeError(
                "picture_not_fetched",
                "The picture {url} was not fetched: {why}",
                "pictures",
                url=url[:200],
                why=str(error),
            ) from None
        if answer.status != 200:
            raise TradeError(
                "picture_not_fetched",
                "The picture {url} was not fetched: its server answered {status}. Redirects are not followed.",
                "pictures",
                url=url[:200],
                status=answer.status,
            )
        return answer.body
