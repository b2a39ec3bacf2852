"""blocking: the client of a program that waits for each answer."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from entrepot.client import asking, pieces, wire
from entrepot.client.asking import Ask, Check, KeptQuote
from entrepot.client.patience import Tries
from entrepot.words import Quote, Sale

if TYPE_CHECKING:
    import httpx
    import pyarrow as pa

T = TypeVar("T")


class Client:
    """A desk, asked from a program that waits for each answer. One may be used by several threads at once.

    `key`: a key of the API. `timeout`: seconds that the desk may be silent. `tries`: how often a request is sent at
    most; `patience`: seconds after which it is not sent again. `http`: an httpx.Client of your own, for proxies or
    certificates; closing it stays with you. Raises ApiError wherever no answer comes.

    ::

        from entrepot.client import Client

        with Client(url) as desk:
            sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01",
                    "currency": "CNY", "lines": [{"hs_code": "0901.21", "amount": "100.00"}]}
            quote = desk.quote(sale, idempotency_key="cart 17")
            assert quote.best.amount_landed == "109.10"
            assert desk.get(quote.id) == quote
    """

    def __init__(
        self,
        url: str = wire.HOME,
        key: str | None = None,
        timeout: float = wire.SILENT,
        *,
        tries: int = wire.TRIES,
        patience: float = wire.PATIENCE,
        http: httpx.Client | None = None,
    ) -> None:
        httpx = wire.httpx_module()
        self._url, self._timeout, self._bounds = url.rstrip("/"), timeout, (tries, patience)
        self._headers = wire.headers_of(key)
        self._http = httpx.Client() if http is None else http
        self._ours = http is None
        self._failures = httpx.TransportError

    @overload
    def quote(
        self, sale: Mapping[str, Any] | Sale, *, store: Literal[True] = True, idempotency_key: str | None = None
    ) -> KeptQuote: ...

    @overload
    def quote(self, sale: Mapping[str, Any] | Sale, *, store: Literal[False]) -> Quote: ...

    def quote(self, sale: Mapping[str, Any] | Sale, *, store: bool = True, idempotency_key: str | None = None) -> Quote:
        """What a sale costs, by every lawful way in; kept, unless `store` is false.

        The same `idempotency_key` with the same sale gives the same quote; without one, one is made for this call.
        Raises ValueError where it is none: it has 1 to 255 printable signs of ASCII, and no space at its ends.
        """
        return self._done(asking.kept(sale, idempotency_key)) if store else self._done(asking.passing(sale))

    def get(self, id: str) -> KeptQuote:  # noqa: A002  # the word of the API
        """A quote that was kept, as it was given. Raises InvalidRequest where there is none, or it has expired."""
        return self._done(asking.got(id))

    def check(self, id: str) -> Check:  # noqa: A002  # as above
        """Whether a quote that is made again from what was kept is the same."""
        return self._done(asking.checked(id))

    def goods(
        self, words: str, economy: str | None = None, *, language: str | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        """Tariff lines by words or by the beginning of a code.

        ::

            from entrepot.client import Client

            with Client(url) as desk:
                found = desk.goods("coffee", economy="CN")
            assert found["data"][0]["code"].startswith("0901")
        """
        return self._done(asking.goods(words, economy, language, limit))

    def law(self, economy: str, code: str, on: dt.date | str | None = None) -> dict[str, Any]:
        """The rows of law in force for a code or a service on a day; today without one."""
        return self._done(asking.law(economy, code, on))

    def economies(self) -> dict[str, Any]:
        """The economies that have law."""
        return self._done(asking.economies())

    def batch(
        self,
        table: Any,
        *,
        mapping: Mapping[str, str | None] | None = None,
        constants: Mapping[str, str] | None = None,
        on: dt.date | str | None = None,
        explain: bool = False,
    ) -> pa.Table:
        """The rows of a table with their answers beside them, as `entrepot.quote_table` gives them.

        The rows go some at a time, except where a column `consignment` says which are one sale: then all at once.
        Raises TableError where `table` gives no Arrow.
        """
        params = asking.table_params(mapping, constants, on, explain)
        return pieces.whole([self._done(asking.answers(each, params)) for each in pieces.pieces(table, mapping)])

    def close(self) -> None:
        """Gives the connections back, those of an `http` of your own excepted."""
        if self._ours:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _done(self, ask: Ask[T]) -> T:
        tries = Tries(*self._bounds)
        while True:
            try:
                answer = self._http.request(
                    ask.method, self._url + ask.path, **wire.sent(ask, self._headers, self._timeout)
                )
            except self._failures as error:
                wait = tries.lost(error)
            else:
                if answer.is_success:
                    return ask.read(answer.content)
                wait = tries.refused(answer.status_code, answer.headers, answer.content)
            time.sleep(wait)
