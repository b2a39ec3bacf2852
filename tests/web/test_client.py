"""Both kinds of the client, against a running server and against one that fails."""

from __future__ import annotations

import asyncio
import inspect
import re
import socket
import textwrap
import time
from decimal import Decimal
from typing import Any

import httpx
import msgspec
import pytest
from client_kinds import Answer, both, faulty
from server_process import Server
from test_quotes import SALE

import entrepot
from entrepot import client
from entrepot.client import AsyncClient, Client
from entrepot.model.sale import Sale
from free_ports import free_port


@both
def test_a_quote_equals_that_of_the_library_and_can_be_read_and_checked(kind: Any, server: Server) -> None:
    asked = kind(server.url)
    quote = asked.quote(SALE, idempotency_key=f"client {kind.args[0].__name__}")
    expected = entrepot.quote(SALE)
    head = ("id", "hash", "created", "expires_at")
    assert {name: value for name, value in quote.to_dict().items() if name not in head} == expected.to_dict()
    assert asked.get(quote.id) == quote
    assert asked.check(quote.id).same
    assert (quote.expires_at - quote.created).days == 30
    assert asked.quote(SALE, idempotency_key=f"client {kind.args[0].__name__}").id == quote.id
    assert asked.quote(SALE).id != quote.id


@both
def test_unstored_quotes_of_dictionaries_and_of_typed_sales(kind: Any, server: Server) -> None:
    typed = msgspec.convert({**SALE, "lines": [{"hs_code": "0901.21", "amount": Decimal("100.00")}]}, Sale)
    assert kind(server.url).quote(typed, store=False) == entrepot.quote(SALE)
    assert kind(server.url).quote(SALE, store=False) == entrepot.quote(SALE)


@both
def test_parts_of_a_quote_are_those_of_the_whole(kind: Any, server: Server) -> None:
    asked = kind(server.url)
    whole = asked.quote(SALE)
    kept = asked.get_fields(whole.id, "currency")
    assert (kept["id"], kept["currency"]) == (whole.id, "CNY")
    assert not {"options", "law"} & kept.keys()
    part = asked.quote_fields(SALE, "id,best,options.amount_landed")
    assert part["best"] == whole.to_dict()["best"]
    assert asked.get(part["id"]).best == whole.best
    assert not {"id", "options"} & asked.quote_fields(SALE, "best", store=False).keys()
    with pytest.raises(client.InvalidRequest, match="besst"):
        asked.quote_fields(SALE, "besst", store=False)


@both
def test_refusals_are_exceptions_with_code_and_field(kind: Any, server: Server) -> None:
    asked = kind(server.url)
    with pytest.raises(client.InvalidRequest, match="amount") as raised:
        asked.quote({**SALE, "lines": [{"hs_code": "0901.21", "amuont": "1"}]})
    error = raised.value
    assert (error.type, error.code, error.status) == ("invalid_request_error", "unknown_field", 422)
    assert error.param == "lines[0].amuont"
    assert error.request_id
    with pytest.raises(client.InvalidRequest) as raised:
        asked.get("qt_none/../of this")
    assert raised.value.status == 404
    with pytest.raises(client.NotAllowed) as barred:
        kind(server.url, "ek_of_nobody").quote(SALE)
    assert (barred.value.status, barred.value.code) == (401, "no_key")
    asked.quote(SALE, idempotency_key=f"used {kind.args[0].__name__}")
    with pytest.raises(client.KeyReused):
        asked.quote({**SALE, "currency": "USD"}, idempotency_key=f"used {kind.args[0].__name__}")


@both
def test_the_quotes_of_a_key_are_listed_and_speak_a_language(kind: Any, server: Server) -> None:
    key = server.key()["Authorization"].removeprefix("Bearer ")
    asked = kind(server.url, key, language="zh")
    first, second = asked.quote(SALE), asked.quote(SALE)
    assert first.best.title == "跨境电子商务零售进口"
    pages = [asked.list_quotes(limit=1)]
    pages.append(asked.list_quotes(limit=1, starting_after=pages[0]["data"][0]["id"], fields="best"))
    assert {page["data"][0]["id"] for page in pages} == {first.id, second.id}
    assert [page["has_more"] for page in pages] == [True, False]
    with pytest.raises(client.NotAllowed):
        kind(server.url).list_quotes()


def kept() -> bytes:
    """The response of a server that stores a quote."""
    head = b'{"id":"qt_1","hash":"h","created":"2026-03-01T00:00:00Z","expires_at":"2026-03-31T00:00:00Z",'
    return head + entrepot.quote(SALE).to_json().encode()[1:]


FAILED: Answer = (503, {}, b'{"error":{"type":"api_error","code":"unavailable","message":"Failed.","param":null}}')
GATEWAY: Answer = (502, {"content-type": "text/html"}, b"<h1>Bad gateway</h1>")
LATER: Answer = (
    429,
    {"retry-after": "1", "x-request-id": "req_9"},
    b'{"error":{"type":"rate_limit_error","code":"too_many","message":"Wait."}}',
)
IN_USE: Answer = (
    409,
    {"retry-after": "1"},
    b'{"error":{"type":"idempotency_error","code":"idempotency_key_in_use","message":"Again."}}',
)
CUT: Answer = (200, {"content-length": "100000", "cut": "yes"}, b'{"id"')


@both
def test_failed_requests_are_sent_again_with_the_same_key(kind: Any) -> None:
    with faulty(None, FAILED, GATEWAY, CUT, (200, {}, kept())) as (url, seen):
        assert kind(url, "ek_1").quote(SALE).id == "qt_1"
    keys = {each["idempotency-key"] for each in seen}
    assert len(seen) == 5
    assert len(keys) == 1
    assert len(keys.pop()) >= 32
    assert {each["authorization"] for each in seen} == {"Bearer ek_1"}


@pytest.mark.long
@both
def test_retry_after_is_respected(kind: Any) -> None:
    with faulty(LATER, (200, {}, kept())) as (url, seen):
        start = time.monotonic()
        assert kind(url).quote(SALE, idempotency_key="mine").id == "qt_1"
        assert time.monotonic() - start >= 1
    assert [each["idempotency-key"] for each in seen] == ["mine", "mine"]


@both
def test_a_key_in_use_is_sent_again(kind: Any) -> None:
    with faulty(IN_USE, (200, {}, kept())) as (url, seen):
        start = time.monotonic()
        assert kind(url).quote(SALE, idempotency_key="mine").id == "qt_1"
        assert time.monotonic() - start >= 1
    assert [each["idempotency-key"] for each in seen] == ["mine", "mine"]
    with faulty(IN_USE) as (url, seen), pytest.raises(client.KeyInUse) as raised:
        kind(url, patience=0.5).quote(SALE, idempotency_key="mine")
    assert (raised.value.status, raised.value.retry_after, len(seen)) == (409, 1.0, 1)


@both
@pytest.mark.parametrize("text", ["", "x" * 256, "a\tb", "a\x7f", "cart ☕", "né", " 17", "17 "])
def test_an_invalid_key_is_not_sent(kind: Any, text: str) -> None:
    with faulty() as (url, seen), pytest.raises(ValueError, match="not an idempotency_key"):
        kind(url).quote(SALE, idempotency_key=text)
    assert not seen


def test_the_callers_own_http_client_is_not_closed(server: Server) -> None:
    with httpx.Client(timeout=60) as own:
        with Client(server.url, http=own) as asked:
            asked.economies()
        assert not own.is_closed
    with Client(server.url) as asked:
        pass
    with pytest.raises(RuntimeError, match="closed"):
        asked.economies()


def test_the_callers_own_http_client_is_not_closed_on_asyncio(server: Server) -> None:
    async def done() -> None:
        async with httpx.AsyncClient(timeout=60) as own:
            async with AsyncClient(server.url, http=own) as asked:
                await asked.economies()
            assert not own.is_closed
        async with AsyncClient(server.url) as asked:
            pass
        with pytest.raises(RuntimeError, match="closed"):
            await asked.economies()

    asyncio.run(done())


@both
def test_retries_end(kind: Any) -> None:
    with faulty(FAILED, FAILED) as (url, seen), pytest.raises(client.ServerError) as raised:
        kind(url, tries=2).quote(SALE)
    assert (raised.value.code, raised.value.status, len(seen)) == ("unavailable", 503, 2)
    with faulty(LATER) as (url, seen), pytest.raises(client.TooMany) as said:
        kind(url, patience=0.5).quote(SALE)
    assert (said.value.retry_after, said.value.request_id, len(seen)) == (1.0, "req_9", 1)
    with pytest.raises(client.Unreachable) as lost:
        kind(f"http://127.0.0.1:{free_port()}", tries=2).quote(SALE)
    assert (lost.value.code, lost.value.status) == ("no_answer", None)


@both
def test_refused_requests_are_not_sent_again(kind: Any) -> None:
    wrong: Answer = (422, {}, b'{"error":{"type":"invalid_request_error","code":"missing","message":"No."}}')
    with faulty(wrong) as (url, seen), pytest.raises(client.InvalidRequest):
        kind(url).quote(SALE)
    assert len(seen) == 1


@both
def test_a_silent_server_is_not_waited_for_long(kind: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, pytest.raises(client.Unreachable, match="did not answer"):
        kind(f"http://127.0.0.1:{deaf.getsockname()[1]}", timeout=0.2, tries=2).quote(SALE, store=False)


@both
def test_a_response_that_is_not_json_is_an_error(kind: Any) -> None:
    with faulty((200, {}, b"<html>")) as (url, _), pytest.raises(client.Unreachable) as raised:
        kind(url).quote(SALE)
    assert raised.value.code == "not_understood"


@pytest.mark.parametrize("kind", [Client, AsyncClient])
def test_the_examples_run(kind: type, server: Server) -> None:
    shown = []
    for member in (kind, *(each for _, each in inspect.getmembers(kind, inspect.isfunction))):
        text = inspect.getdoc(member) or ""
        shown += [textwrap.dedent(each) for each in re.findall(r"^::\n\n((?:(?: {4}.*)?\n?)+)", text, re.MULTILINE)]
    assert shown
    space: dict[str, Any] = {"url": server.url}
    for each in shown:
        exec(each, space)
