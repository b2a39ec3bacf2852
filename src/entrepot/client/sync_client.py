"""The synchronous client of the HTTP API."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeVar, overload

from entrepot.client import batches, requests, transport
from entrepot.client.requests import ApiRequest, Check, KeptQuote
from entrepot.client.retry import Attempts
from entrepot.client.trade_calls import TradeCalls
from entrepot.model.quote import Quote
from entrepot.model.sale import Sale

if TYPE_CHECKING:
    import httpx
    import pyarrow as pa

T = TypeVar("T")


class Client:
    """The synchronous client of the HTTP API. Several threads may use one client at once.

    `key`: an API key. `language`: of the texts of answers (`zh`); by default English. `timeout`: seconds to wait
    for data from the server. `tries`: the maximum number of attempts for a request; `patience`: seconds after which
    it is not repeated. `http`: your own httpx.Client, for proxies or certificates; you close it. `trade`: the
    operations of trade (`server.trade.place_orders(…)`). Raises ApiError if there is no answer.

    ::

        from entrepot.client import Client

        with Client(url) as server:
            sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01",
                    "currency": "CNY", "lines": [{"hs_code": "0901.21", "amount": "100.00"}]}
            quote = server.quote(sale, idempotency_key="cart 17")
            assert quote.best.amount_landed == "109.10"
            assert server.get(quote.id) == quote
    """

    def __init__(
        self,
        url: str = transport.HOME,
        key: str | None = None,
        timeout: float = transport.SILENT,
        *,
        language: str | None = None,
        tries: int = transport.TRIES,
        patience: float = transport.PATIENCE,
        http: httpx.Client | None = None,
    ) -> None:
        httpx = transport.httpx_module()
        self._url, self._timeout, self._bounds = url.rstrip("/"), timeout, (tries, patience)
        self._headers = transport.headers_of(key, language)
        self._http = httpx.Client() if http is None else http
        self._ours = http is None
        self._failures = httpx.TransportError
        #: The operations of trade.
        self.trade: TradeCalls[dict[str, Any]] = TradeCalls(self._done)

    @overload
    def quote(
        self, sale: Mapping[str, Any] | Sale, *, store: Literal[True] = True, idempotency_key: str | None = None
    ) -> KeptQuote: ...

    @overload
    def quote(self, sale: Mapping[str, Any] | Sale, *, store: Literal[False]) -> Quote: ...

    def quote(self, sale: Mapping[str, Any] | Sale, *, store: bool = True, idempotency_key: str | None = None) -> Quote:
        """Quote a sale; the server stores the quote unless `store` is false.

        The same `idempotency_key` with the same sale returns the same quote; by default a key is generated for this
        call. Raises ValueError if the key is invalid: it has 1 to 255 printable ASCII characters, without a space at
        its ends.
        """
        return (
            self._done(requests.store_quote(sale, idempotency_key))
            if store
            else self._done(requests.quote_without_storing(sale))
        )

    def quote_fields(
        self,
        sale: Mapping[str, Any] | Sale,
        fields: str,
        *,
        store: bool = True,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """Parts of the quote of a sale, by their paths separated by commas: `id,options.amount_landed`; `*` for all.

        Stored as by `quote`. Raises InvalidRequest where a path is not a part of a quote.
        """
        return self._done(requests.quote_fields(sale, fields, idempotency_key, store=store))

    def get_fields(self, id: str, fields: str) -> dict[str, Any]:  # noqa: A002  # the word of the API
        """Parts of a stored quote, by their paths as in `quote_fields`."""
        return self._done(requests.get_fields(id, fields))

    def get(self, id: str) -> KeptQuote:  # noqa: A002  # the word of the API
        """A stored quote, as it was given. Raises InvalidRequest if it does not exist or has expired."""
        return self._done(requests.get_quote(id))

    def list_quotes(
        self, *, limit: int | None = None, starting_after: str | None = None, fields: str | None = None
    ) -> dict[str, Any]:
        """A page of the stored quotes of the API key, the newest first: `data`, and `has_more`.

        `starting_after`: the `id` of the last quote of the page before. `fields`: the parts of each quote; by default
        the best procedure and the totals. Raises NotAllowed without a key.
        """
        return self._done(requests.list_quotes(limit, starting_after, fields))

    def check(self, id: str) -> Check:  # noqa: A002  # as above
        """Calculate a stored quote again from its request and law, and compare the two."""
        return self._done(requests.check_quote(id))

    def goods(
        self, words: str, economy: str | None = None, *, language: str | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        """Find tariff lines by words or by the first digits of a code.

        ::

            from entrepot.client import Client

            with Client(url) as server:
                found = server.goods("coffee", economy="CN")
            assert found["data"][0]["code"].startswith("0901")
        """
        return self._done(requests.goods(words, economy, language, limit))

    def classify(
        self,
        descriptions: str | Sequence[str],
        economy: str | None = None,
        *,
        attributes: Mapping[str, str] | None = None,
        language: str | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """Classify goods by a description, or by several: codes with probabilities, and the question that would decide.

        ::

            from entrepot.client import Client

            with Client(url) as server:
                found = server.classify("roasted coffee beans, not decaffeinated")
            assert found["candidates"][0]["hs6"] == "090121"
        """
        return self._done(requests.classify(descriptions, economy, attributes, language, limit))

    def law(self, economy: str, code: str, on: dt.date | str | None = None) -> dict[str, Any]:
        """The rows of law in force for a code or a service on a day (default: today)."""
        return self._done(requests.law(economy, code, on))

    def agreements(self, economy: str, partner: str, on: dt.date | str | None = None) -> dict[str, Any]:
        """The agreements on digital trade between two economies on a day (default: today), and what they open."""
        return self._done(requests.agreements(economy, partner, on))

    def economies(self) -> dict[str, Any]:
        """The economies with a law pack."""
        return self._done(requests.economies())

    def batch(
        self,
        table: Any,
        *,
        mapping: Mapping[str, str | None] | None = None,
        constants: Mapping[str, str] | None = None,
        on: dt.date | str | None = None,
        explain: bool = False,
    ) -> pa.Table:
        """Quote the rows of a table, with the result of `entrepot.quote_table`.

        The rows are sent in parts; with a column `consignment` all at once. Raises TableError if `table` is not an
        Arrow table.
        """
        params = requests.table_params(mapping, constants, on, explain)
        return batches.join_tables(
            [self._done(requests.quote_batch(each, params)) for each in batches.split_table(table, mapping)]
        )

    def close(self) -> None:
        """Close the connections, except those of an `http` that you passed."""
        if self._ours:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _done(self, ask: ApiRequest[T]) -> T:
        tries = Attempts(*self._bounds)
        while True:
            try:
                answer = self._http.request(
                    ask.method, self._url + ask.path, **transport.request_arguments(ask, self._headers, self._timeout)
                )
            except self._failures as error:
                wait = tries.after_no_response(error)
            else:
                if answer.is_success:
                    return ask.read(answer.content)
                wait = tries.after_error_response(answer.status_code, answer.headers, answer.content)
            time.sleep(wait)
