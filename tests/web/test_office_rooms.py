"""Documents that several people edit: merging, reading only, storage, limits, and what survives a kill."""

from __future__ import annotations

import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from socket_process import Sockets, run_sockets

pytest.importorskip("websockets", reason="the WebSocket client of the tests is not installed")
pytest.importorskip("pycrdt", reason="the library of shared documents is not installed")
from office_client import Client
from pycrdt import Doc, Text
from websockets.exceptions import ConnectionClosed

SCRIPT = str(Path(__file__).with_name("office_process.py"))


@pytest.fixture(scope="module")
def sockets(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sockets]:
    with run_sockets(tmp_path_factory.mktemp("office"), script=SCRIPT) as running:
        yield running


def rows(sockets: Sockets, statement: str, *values: object) -> list[tuple[object, ...]]:
    """What a statement gives in the database of the process."""
    with closing(sqlite3.connect(sockets.file.parent / "desk.sqlite3", timeout=30)) as database, database:
        return database.execute(statement, values).fetchall()


def new_document(sockets: Sockets, number: str) -> str:
    """An empty document."""
    rows(
        sockets,
        "INSERT INTO store_document (id, workspace, parent, title, created, changed, state, merged, bytes) "
        "VALUES (?, 'ws_1', '', 't', '2026-01-01', '2026-01-01', x'', 0, 0)",
        number,
    )
    return number


def opened(sockets: Sockets, token: str, room: str, *, role: str = "editor", doc: Doc[Any] | None = None) -> Client:
    """A client in a document."""
    sockets.grant(token, role=role)
    return Client(f"{sockets.url}/sockets/workspace", token, room, doc)


def closed(client: Client) -> int:
    """The close code."""
    with pytest.raises(ConnectionClosed) as refused:
        read_to_the_end(client)
    assert refused.value.rcvd is not None
    return refused.value.rcvd.code


def read_to_the_end(client: Client) -> None:
    while True:
        client.read()


def fill(client: Client) -> None:
    for _ in range(5):
        client.text += "x" * 500_000
        client.until_stored()


@pytest.mark.parametrize("role", ["provider", "buyer"])
def test_who_has_no_seat_does_not_read_what_is_written(sockets: Sockets, role: str) -> None:
    room = new_document(sockets, f"text_{role}")
    with pytest.raises(ConnectionClosed) as refused:
        opened(sockets, f"p_{role}", room, role=role)
    assert refused.value.rcvd is not None
    assert refused.value.rcvd.code == 4404


def test_two_edit_at_once_and_offline_edits_merge(sockets: Sockets) -> None:
    room = new_document(sockets, "tx_a")
    with opened(sockets, "a1", room) as anna, opened(sockets, "a2", room) as binh:
        anna.text += "Chào "
        anna.until_stored()
        binh.until(lambda: str(binh.text) == "Chào ")
        anna.text += "ไทย "
        binh.text += "ខ្មែរ "
        for each in (anna, binh):
            each.until(lambda each=each: "ไทย" in str(each.text) and "ខ្មែរ" in str(each.text))
        assert str(anna.text) == str(binh.text)
        offline: Doc[Any] = Doc()
        offline.apply_update(binh.doc.get_update())
    offline.get("text", type=Text).insert(0, "offline: ")
    with opened(sockets, "a3", room) as anna:
        anna.until(lambda: "ไทย" in str(anna.text))
        anna.text += "meanwhile"
        anna.until_stored()
        with opened(sockets, "a4", room, doc=offline) as binh:
            binh.until_stored()
            for each in (anna, binh):
                each.until(lambda each=each: str(each.text).startswith("offline: ") and "meanwhile" in str(each.text))


def test_what_a_reader_sends_never_arrives(sockets: Sockets) -> None:
    room = new_document(sockets, "tx_b")
    with opened(sockets, "b1", room) as editor, opened(sockets, "b2", room, role="reader") as reader:
        editor.text += "x"
        reader.until(lambda: str(reader.text) == "x")
        reader.text += "forged"
        assert closed(reader) == 4403
        editor.text += "y"
        editor.until_stored()
    # Nor what it has when it connects, as the answer to what the server asks.
    with opened(sockets, "b3", room, role="reader", doc=reader.doc) as again:
        again.socket.send(b"\x00\x01" + bytes([len(update := b"\x00\x00")]) + update)
        again.until(lambda: str(again.text).replace("forged", "") == "xy")
    with opened(sockets, "b4", room) as editor:
        editor.until(lambda: str(editor.text) == "xy")


def test_nothing_that_was_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    with run_sockets(tmp_path, script=SCRIPT) as first:
        room = new_document(first, "tx_c")
        with opened(first, "c1", room) as client:
            client.until_stored()
            for number in range(40):
                client.text += f"{number} "
            client.until(lambda: client.stored >= 20)
            acknowledged = client.stored - 1  # the first was the answer to what the server asked
            os.kill(first.process.pid, signal.SIGKILL)
            first.process.wait()
            offline = client.doc
    with run_sockets(tmp_path, script=SCRIPT) as second:
        with opened(second, "c2", room) as reader:
            reader.until(lambda: str(reader.text).count(" ") >= acknowledged)
        # What was not acknowledged is still in the client, and is sent when it connects again.
        with opened(second, "c3", room, doc=offline) as client:
            client.until_stored()
        with opened(second, "c4", room) as reader:
            reader.until(lambda: str(reader.text) == "".join(f"{number} " for number in range(40)))


def test_updates_too_large_invalid_ones_and_a_full_workspace_are_refused_cleanly(sockets: Sockets) -> None:
    room = new_document(sockets, "tx_d")
    with opened(sockets, "d0", room) as other:
        with opened(sockets, "d1", room) as large:
            large.text += "x" * (1 << 20)
            assert closed(large) == 1009
        for token, bad in (
            ("d2", b"\x00\x02\x05abc"),
            ("d3", b"\x00\x02\x03\xff\xff\xff"),
            ("d4", b"\x09"),
            ("d5", b""),
        ):
            with opened(sockets, token, room) as client:
                client.socket.send(bad)
                assert closed(client) == 4400
        other.text += "well"
        other.until_stored()
        assert str(other.text) == "well"
    full = new_document(sockets, "tx_e")
    with opened(sockets, "e1", full) as client:
        client.until_stored()
        with pytest.raises(ConnectionClosed) as refused:
            fill(client)
        assert refused.value.rcvd is not None
        assert refused.value.rcvd.code == 4412
    rows(sockets, "DELETE FROM store_documentupdate WHERE document_id = 'tx_e'")
    rows(sockets, "DELETE FROM store_document WHERE id = 'tx_e'")


def test_a_room_that_closes_merges_many_updates_and_keeps_a_version(sockets: Sockets) -> None:
    room = new_document(sockets, "tx_f")
    said = ""
    for token in ("f1", "f1b"):  # more than one connection may send at once
        with opened(sockets, token, room) as client:
            client.until(lambda client=client, said=said: str(client.text) == said)
            for number in range(260):
                client.text += f"{number} "
            client.until_stored()
            said = str(client.text)
    with opened(sockets, "f2", room) as again:
        again.until(lambda: str(again.text) == said)
        assert rows(sockets, "SELECT count(*) FROM store_documentupdate WHERE document_id = ?", room) == [(0,)]
        assert rows(sockets, "SELECT count(*) FROM store_documentversion WHERE document_id = ?", room) == [(2,)]
    size = (
        "SELECT bytes, length(state) + (SELECT sum(length(state)) FROM store_documentversion WHERE document_id = d.id)"
    )
    [(stored, real)] = rows(sockets, f"{size} FROM store_document d WHERE id = ?", room)
    assert stored == real


def test_presence_is_passed_on_and_ends_with_its_connection(sockets: Sockets) -> None:
    from entrepot.web.live.office.messages import Presence, presence, read_presence

    room = new_document(sockets, "tx_g")
    with opened(sockets, "g1", room) as anna:
        with opened(sockets, "g2", room) as binh:
            binh.socket.send(presence([Presence(7, 1, '{"user": {"name": "Bình"}}')]))
            anna.until(lambda: len(anna.presence) == 1)
            assert read_presence(anna.presence[0][2:])[0].state == '{"user": {"name": "Bình"}}'
            # Nobody speaks for somebody else.
            anna.socket.send(presence([Presence(7, 9, "null")]))
            anna.text += "x"
            binh.until(lambda: str(binh.text) == "x")
            assert not binh.presence
        anna.until(lambda: len(anna.presence) == 2)
        assert read_presence(anna.presence[1][2:]) == [Presence(7, 2, "null")]
