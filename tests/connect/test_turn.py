"""TURN: settings that are not understood are refused, and coturn accepts and refuses what it should."""

from __future__ import annotations

import asyncio
import re
import time
from pathlib import Path
from typing import Any

import pytest

from entrepot.configuration import ConfigurationError
from entrepot.connect.turn.credentials import SECONDS, ice_servers
from entrepot.turn_settings import TurnSettings, read_turn
from turn_server import SECRET, coturn, installed


def test_without_settings_there_is_no_relay() -> None:
    assert read_turn({}) is None
    assert ice_servers(None, "gr_1", 0) == []


def test_the_secret_may_be_in_a_file_and_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text(f"{SECRET}\n")
    found = read_turn({"ENTREPOT_TURN": "turn:t.example turns:t.example:5349", "ENTREPOT_TURN_SECRET_FILE": str(file)})
    assert found == TurnSettings(("turn:t.example", "turns:t.example:5349"), SECRET)
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENTREPOT_TURN", ""),
        ("ENTREPOT_TURN", "t.example:3478"),
        ("ENTREPOT_TURN", "stun:t.example"),
        ("ENTREPOT_TURN", "turn://t.example"),
        ("ENTREPOT_TURN", "turn:t.example:70000"),
        ("ENTREPOT_TURN", "turn:t.example turn:user@t.example"),
        ("ENTREPOT_TURN", "turns:t.example?transport=udp"),
        ("ENTREPOT_TURN", "turn:a turn:b turn:c turn:d turn:e"),
        ("ENTREPOT_TURN_SECRET", ""),
        ("ENTREPOT_TURN_SECRET", "HUSH"),
    ],
)
def test_a_value_that_is_not_understood_is_refused(name: str, value: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_turn({"ENTREPOT_TURN": "turn:t.example", "ENTREPOT_TURN_SECRET": SECRET, name: value})
    assert name in refused.value.message
    assert "HUSH" not in refused.value.message
    assert SECRET not in refused.value.message


@pytest.mark.parametrize("given", [{"ENTREPOT_TURN": "turn:t.example"}, {"ENTREPOT_TURN_SECRET": SECRET}])
def test_one_without_the_other_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(ConfigurationError):
        read_turn(given)


def test_the_name_in_a_credential_is_no_id_and_the_same_for_one_holder() -> None:
    settings = TurnSettings(("turn:t.example",), SECRET)
    (first,), (later,), (other,) = (ice_servers(settings, *each) for each in (("gr_1", 10), ("gr_1", 20), ("gr_2", 10)))
    assert "gr_1" not in str(first)
    assert first["username"].split(":") == [str(10 + SECONDS), later["username"].partition(":")[2]]
    assert first["username"] != other["username"]


async def _allocate(settings: TurnSettings, server: Any, *peers: str) -> list[str]:
    """What coturn answers to an allocation, and to a channel to each peer: `ok` or the code of its error."""
    from aioice import stun, turn

    port = int(re.findall(r"\d+", settings.addresses[0])[-1])
    loop = asyncio.get_running_loop()
    transport, protocol = await loop.create_datagram_endpoint(
        lambda: turn.TurnClientUdpProtocol(("127.0.0.1", port), server["username"], server["credential"], 600, 500),
        remote_addr=("127.0.0.1", port),
    )
    found = []
    try:
        await protocol.connect()
        found.append("ok")
        for number, peer in enumerate(peers):
            try:
                await protocol.channel_bind(0x4000 + number, (peer, 9))
                found.append("ok")
            except stun.TransactionFailed as failed:
                found.append(str(failed.response.error_code))
    except stun.TransactionFailed as failed:
        found.append(str(failed.response.error_code))
    finally:
        if protocol.refresh_task:
            protocol.refresh_task.cancel()
        transport.close()
    return found


def test_coturn_accepts_our_credentials_and_refuses_private_peers(tmp_path: Path) -> None:
    if not installed():
        pytest.skip("turnserver is not installed: on Debian, apt-get install coturn")
    pytest.importorskip("aioice", reason="aiortc is not installed: pip install 'entrepot[services]'")
    private = (
        "10.1.2.3",
        "172.16.0.9",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "127.0.0.1",
        "224.0.0.1",
        "0.0.0.1",
    )
    with coturn(tmp_path) as settings:
        (server,) = ice_servers(settings, "gr_1", time.time())
        assert asyncio.run(_allocate(settings, server, "9.9.9.9", *private)) == ["ok", "ok", *["403"] * len(private)]
        (expired,) = ice_servers(settings, "gr_1", time.time() - SECONDS - 5)
        assert asyncio.run(_allocate(settings, expired)) == ["401"]
        assert asyncio.run(_allocate(settings, {**server, "credential": "wrong"})) == ["401"]
