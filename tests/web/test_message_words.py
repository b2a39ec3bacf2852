"""The words of the outbox: its reasons are sentences that the code writes, and each language has its own."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import entrepot
from entrepot.language import catalogue
from entrepot.language.translate import speaking
from entrepot.trade import orders
from entrepot.trade.booking import using
from entrepot.trade.nodes.types import TYPES
from entrepot.web.pages.trade import message_words, words

SOURCE = Path(entrepot.__file__).parent


@pytest.fixture(scope="module")
def lines() -> list[str]:
    own = Path(message_words.__file__)
    files = [each for each in SOURCE.rglob("*.py") if each != own]
    return [line for each in files for line in each.read_text("utf-8").splitlines()]


@pytest.mark.parametrize("template", message_words.REASONS)
def test_a_reason_is_written_by_the_code(lines: list[str], template: str) -> None:
    """Somewhere one line has all its words in their order, with values in the place of its names."""
    words = ".*".join(re.escape(each) for each in re.split(r"\{\w+\}", template))
    assert any(re.search(words, line) for line in lines), template


def test_the_values_of_a_reason_are_kept_in_each_language() -> None:
    for language in catalogue.LANGUAGES:
        with speaking(language):
            said = message_words.reason("The provider sandbox is not set up. Set ENTREPOT_PAYMENTS.")
            assert "sandbox" in said
            assert "ENTREPOT_PAYMENTS" in said
            assert ("is not set up" in said) is (language == "en"), language


def test_every_type_of_message_between_nodes_has_words() -> None:
    assert set(TYPES) <= set(message_words.NODE_MESSAGES)


def test_an_unknown_reason_and_an_unknown_topic_are_shown_as_they_are() -> None:
    with speaking("vi"):
        assert message_words.reason("[Errno 111] Connection refused") == "[Errno 111] Connection refused"
        assert message_words.topic("carrier", "wave") == "wave"
        assert message_words.channel("customs") == "Hải quan"


@pytest.mark.parametrize("code", sorted({*orders.CANCEL_REASONS, *using.REASONS}))
def test_a_reason_to_cancel_is_shown_in_words(code: str) -> None:
    for language in catalogue.LANGUAGES:
        with speaking(language):
            assert words.reason(code) not in ("", code), (language, code)
