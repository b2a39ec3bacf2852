"""Approval by two persons: another person, exactly what was proposed, in time, once."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest

from entrepot.model.errors import TradeError
from entrepot.trade.approvals import Proposal, approve, digest_of, has_expired, propose

DAY = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
PIN = {"node": "pn_1", "thumbprint": "poqk"}


def refused(
    proposal: Proposal | None, act: str = "key.pin", *, by: str = "us_2", at: dt.datetime = DAY, **what: str
) -> str:
    with pytest.raises(TradeError) as error:
        approve(proposal, act, {**PIN, **what}, by=by, at=at)
    return error.value.code


def test_another_person_approves_what_was_proposed() -> None:
    done = approve(
        propose("key.pin", PIN, by="us_1", at=DAY), "key.pin", dict(reversed(PIN.items())), by="us_2", at=DAY
    )
    assert (done.proposed_by, done.approved_by, done.approved_at) == ("us_1", "us_2", "2026-03-01T00:00:00.000Z")
    assert done.approved


def test_what_is_not_approved() -> None:
    made = propose("key.pin", PIN, by="us_1", at=DAY)
    assert refused(None) == "nothing_proposed"
    assert refused(made, "key.withdraw") == "nothing_proposed"
    assert refused(made, thumbprint="other") == "proposal_changed"
    assert refused(made, by="us_1") == "second_person"
    assert refused(made, by="") == "person_missing"
    assert refused(approve(made, "key.pin", PIN, by="us_2", at=DAY), by="us_3") == "already_approved"


def test_a_proposal_is_approved_until_it_expires() -> None:
    made = propose("key.pin", PIN, by="us_1", at=DAY, valid=dt.timedelta(hours=1))
    just_in_time = DAY + dt.timedelta(minutes=59, seconds=59)
    assert approve(made, "key.pin", PIN, by="us_2", at=just_in_time).approved
    assert refused(made, at=DAY + dt.timedelta(hours=1)) == "proposal_expired"
    assert has_expired(made, DAY + dt.timedelta(hours=1))


def test_what_was_approved_does_not_expire() -> None:
    done = approve(propose("key.pin", PIN, by="us_1", at=DAY), "key.pin", PIN, by="us_2", at=DAY)
    assert not has_expired(done, DAY + dt.timedelta(days=400))


def test_nobody_proposes_without_a_name() -> None:
    with pytest.raises(TradeError, match="Say who you are"):
        propose("key.pin", PIN, by="", at=DAY)


def test_the_digest_is_that_of_canonical_json() -> None:
    # RFC 8785 of the object: names in order, no spaces.
    text = b'{"act":"key.pin","what":{"node":"pn_1","thumbprint":"poqk"}}'
    assert digest_of("key.pin", PIN) == hashlib.sha256(text).hexdigest()
