"""The asynchronous client of the HTTP API."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Coroutine, Mapping, Sequence
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


class AsyncClient:
    """The asynchronous client of the HTTP API, with the methods of `Client` as coroutines.

    ::

        import asyncio

        from entrepot.client import AsyncClient

        async def landed(amounts):
            sale = {"ship_from": {"country": "VN"}, "ship_to": {"country": "CN"}, "date": "2026-03-01",
                    "currency": "CNY"}
            async with AsyncClient(url) as server:
                asked = (server.quote({**sale, "lines": [{"hs_code": "0901.21", "amount": each}]}) for each in amounts)
                return [quote.best.amount_landed for quote in await asyncio.gather(*asked)]

        assert asyncio.run(landed(["100.00", "200.00"])) == ["109.10", "218.20"]
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
        http: httpx.AsyncClient | None = None,
    ) -> None:
        httpx = transport.httpx_module()
        self._url, self._timeout, self._bounds = url.rstrip("/"), timeout, (tries, patience)
        self._headers = transport.headers_of(key, language)
        self._http = httpx.AsyncClient() if http is None else http
        self._ours = http is None
        self._failures = httpx.TransportError
        #: The operations of trade.
        self.trade: TradeCalls[Coroutine[Any, Any, dict[str, Any]]] = TradeCalls(self._done)

    @overload
    async def quote(
        self, sale: Mapping[str, Any] | Sale, *, store: Literal[True] = True, idempotency_key: str | None = None
    ) -> KeptQuote: ...

    @overload
    async def quote(self, sale: Mapping[str, Any] | Sale, *, store: Literal[False]) -> Quote: ...

    async def quote(
        self, sale: Mapping[str, Any] | Sale, *, store: bool = True, idempotency_key: str | None = None
    ) -> Quote:
        """As `Client.quote`."""
        if store:
            return await self._done(requests.store_quote(sale, idempotency_key))
        return await self._done(requests.quote_without_storing(sale))

    async def quote_fields(
        self,
        sale: Mapping[str, Any] | Sale,
        fields: str,
        *,
        store: bool = True,
        idempotency_key: str | None = None,
    ) -> dict[str, Any]:
        """As `Client.quote_fields`."""
        return await self._done(requests.quote_fields(sale, fields, idempotency_key, store=store))

    async def get_fields(self, id: str, fields: str) -> dict[str, Any]:  # noqa: A002  # the word of the API
        """As `Client.get_fields`."""
        return await self._done(requests.get_fields(id, fields))

    async def get(self, id: str) -> KeptQuote:  # noqa: A002  # the word of the API
        """As `Client.get`."""
        return await self._done(requests.get_quote(id))

    async def list_quotes(
        self, *, limit: int | None = None, starting_after: str | None = None, fields: str | None = None
    ) -> dict[str, Any]:
        """As `Client.list_quotes`."""
        return await self._done(requests.list_quotes(limit, starting_after, fields))

    async def check(self, id: str) -> Check:  # noqa: A002  # as above
        """As `Client.check`."""
        return await self._done(requests.check_quote(id))

    async def goods(
        self, words: str, economy: str | None = None, *, language: str | None = None, limit: int | None = None
    ) -> dict[str, Any]:
        """As `Client.goods`."""
        return await self._done(requests.goods(words, economy, language, limit))

    async def classify(
        self,
        descriptions: str | Sequence[str],
        economy: str | None = None,
        *,
        attributes: Mapping[str, str] | None = None,
        language: str | None = None,
        limit: int | None = None,
    ) -> dict[str, Any]:
        """As `Client.classify`."""
        return await self._done(requests.classify(descriptions, economy, attributes, language, limit))

    async def law(self, economy: str, code: str, on: dt.date | str | None = None) -> dict[str, Any]:
        """As `Client.law`."""
        return await self._done(requests.law(economy, code, on))

    async def agreements(self, economy: str, partner: str, on: dt.date | str | None = None) -> dict[str, Any]:
        """As `Client.agreements`."""
        return await self._done(requests.agreements(economy, partner, on))

    async def economies(self) -> dict[str, Any]:
        """As `Client.economies`."""
        return await self._done(requests.economies())

    async def batch(
        self,
        table: Any,
        *,
        mapping: Mapping[str, str | None] | None = None,
        constants: Mapping[str, str] | None = None,
        on: dt.date | str | None = None,
        explain: bool = False,
    ) -> pa.Table:
        """As `Client.batch`."""
        params = requests.table_params(mapping, constants, on, explain)
        return batches.join_tables(
            [await self._done(requests.quote_batch(each, params)) for each in batches.split_table(table, mapping)]
        )

    async def close(self) -> None:
        """Close the connections, except those of an `http` that you passed."""
        if self._ours:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def _done(self, ask: ApiRequest[T]) -> T:
        tries = Attempts(*self._bounds)
        while True:
            try:
                answer = await self._http.request(
                    ask.method, self._url + ask.path, **transport.request_arguments(ask, self._headers, self._timeout)
                )
            except self._failures as error:
                wait = tries.after_no_response(error)
            else:
                if answer.is_success:
                    return ask.read(answer.content)
                wait = tries.after_error_response(answer.status_code, answer.headers, answer.content)
            await asyncio.sleep(wait)
