"""Profiles of platforms: what strangers name costs little, and takes nothing from the platforms that are known."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

pytest.importorskip("cryptography", reason="the server is not installed")

from entrepot.connect.signing_keys import new_key
from entrepot.connect.ucp.faults import UcpFault
from entrepot.connect.ucp.names import VERSION
from entrepot.connect.ucp.platforms import read_agent, read_platform
from entrepot.connect.ucp.profiles import KEPT, LEAST, PER_MINUTE, Profiles
from entrepot.connect.webhooks import post
from entrepot.connect.webhooks.post import Answer

KNOWN = "https://platform.example/ucp"


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hosts that were asked: one is a platform, the others answer 404."""
    found: list[str] = []

    def get(target: Any, **_given: Any) -> Answer:
        found.append(target.host)
        profile = msgspec.json.encode({"ucp": {"version": VERSION, "capabilities": {}}, "keys": []})
        return Answer(200 if target.host == "platform.example" else 404, profile, 0.0, 0.0)

    monkeypatch.setattr(post, "get", get)
    return found


def test_keys_are_read_under_both_names_that_releases_have_for_them() -> None:
    one, two = (new_key() for _ in range(2))
    content = {
        "ucp": {"version": VERSION, "capabilities": {}},
        "keys": [one.public().jwk()],
        "signing_keys": [one.public().jwk(), two.public().jwk()],
    }
    assert set(read_platform(KNOWN, msgspec.json.encode(content)).keys) == {one.id, two.id}


@pytest.mark.parametrize("version", ["", '; version="2026-01-11"', f'; version="{VERSION}"', "; version=5"])
def test_an_agent_may_name_the_version_that_it_speaks(version: str) -> None:
    assert read_agent(f'profile="{KNOWN}"{version}') == KNOWN


def strangers(known: Profiles, first: int, count: int) -> list[str]:
    """The codes that so many unknown profiles get."""
    found = []
    for number in range(first, first + count):
        with pytest.raises(UcpFault) as caught:
            known.get(f"https://x{number}.example/")
        found.append(caught.value.code)
    return found


def test_strangers_do_not_keep_a_known_platform_from_being_fetched_again(fetched: list[str]) -> None:
    now = [0.0]
    known = Profiles(lambda: now[0], allow_loopback=False)
    assert known.get(KNOWN).profile == KNOWN
    now[0] = LEAST + 1
    assert strangers(known, 0, PER_MINUTE + 1) == ["profile_unreachable"] * PER_MINUTE + ["busy"]
    assert known.get(KNOWN).profile == KNOWN
    assert fetched.count("platform.example") == 2
    with pytest.raises(UcpFault, match="Many profiles"):
        known.get("https://new.example/")


def test_a_platform_that_is_used_is_not_forgotten_for_strangers(fetched: list[str]) -> None:
    now = [0.0]
    known = Profiles(lambda: now[0], allow_loopback=False)
    for turn in range(KEPT // PER_MINUTE + 2):
        known.get(KNOWN)
        strangers(known, turn * PER_MINUTE, PER_MINUTE - 1)
        now[0] += 61
    before = len(fetched)
    known.get(KNOWN)
    assert fetched[before:] == ["platform.example"]
    assert not known._fetches or known._fetches[-1] < now[0]  # it did not count as a stranger


def test_a_profile_that_is_nested_too_deeply_is_malformed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(post, "get", lambda *_given, **_named: Answer(200, b"[" * 100_000, 0.0, 0.0))
    with pytest.raises(UcpFault) as caught:
        Profiles(lambda: 0.0, allow_loopback=False).get(KNOWN)
    assert caught.value.code == "profile_malformed"
