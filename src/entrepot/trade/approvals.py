"""Approval by two persons: what one person proposed takes effect when another one has approved exactly that.

A proposal is a part of the state of the object that it would change (a key, an agreement, a node); its events say who
proposed and who approved. A proposal has a digest of what was proposed: what changed meanwhile is not approved.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from entrepot.model.errors import TradeError
from entrepot.trade.ledger.events import check_value, timestamp

#: How long a proposal can be approved.
VALID: Final = dt.timedelta(days=7)
#: Characters of the id of a person at most (`us_` and 32 digits; `cli:` and a name of the machine).
_MAX_PERSON: Final = 60


class Proposal(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a person proposed. `act`: what is to happen, such as `peer.activate`; `digest`: of what it says exactly.

    `proposed_by`, `approved_by`: ids of persons, or `cli:` and what was given on the machine; `expires`: it is approved
    before this time.
    """

    act: str
    digest: str
    proposed_by: str
    proposed_at: str
    expires: str
    approved_by: str = ""
    approved_at: str = ""

    @property
    def approved(self) -> bool:
        """Whether a second person approved it.

        >>> propose("key.pin", {}, by="us_1", at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC)).approved
        False
        """
        return bool(self.approved_by)


_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def digest_of(act: str, what: Mapping[str, Any]) -> str:
    """The SHA-256 of an act and of what it says, as canonical JSON. Raises ValueError for what no event can hold.

    >>> digest_of("key.pin", {"thumbprint": "poqk", "node": "pn_1"})[:16]
    '1304e9aaf5985f68'
    """
    check_value(what)
    return hashlib.sha256(_ENCODER.encode({"act": act, "what": what})).hexdigest()


def propose(act: str, what: Mapping[str, Any], *, by: str, at: dt.datetime, valid: dt.timedelta = VALID) -> Proposal:
    """A proposal of a person. Raises TradeError where nobody is named.

    >>> made = propose("key.pin", {"thumbprint": "poqk"}, by="us_1", at=dt.datetime(2026, 3, 1, tzinfo=dt.UTC))
    >>> made.proposed_by, made.expires
    ('us_1', '2026-03-08T00:00:00.000Z')
    """
    return Proposal(
        act=act,
        digest=digest_of(act, what),
        proposed_by=_person(by),
        proposed_at=timestamp(at),
        expires=timestamp(at + valid),
    )


def approve(proposal: Proposal | None, act: str, what: Mapping[str, Any], *, by: str, at: dt.datetime) -> Proposal:
    """The proposal, approved by another person. `act`, `what`: what the person sees and approves.

    Raises TradeError where nothing, or something else, was proposed; by the same person; too late; or a second time.

    >>> day = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    >>> made = propose("key.pin", {"thumbprint": "poqk"}, by="us_1", at=day)
    >>> approve(made, "key.pin", {"thumbprint": "poqk"}, by="us_2", at=day).approved_by
    'us_2'
    >>> approve(made, "key.pin", {"thumbprint": "poqk"}, by="us_1", at=day)
    Traceback (most recent call last):
    entrepot.model.errors.TradeError: The person who proposed this cannot approve it: another person must.
    """
    if proposal is None or proposal.act != act:
        raise TradeError("nothing_proposed", "Nothing like this was proposed. Propose it first.")
    if proposal.digest != digest_of(act, what):
        raise changed()
    if proposal.approved:
        raise TradeError("already_approved", "This was approved already.")
    if _compared(_person(by)) == _compared(proposal.proposed_by):
        raise TradeError("second_person", "The person who proposed this cannot approve it: another person must.")
    if has_expired(proposal, at):
        raise TradeError(
            "proposal_expired", "The proposal expired on {day}. Propose it again.", day=proposal.expires[:10]
        )
    return msgspec.structs.replace(proposal, approved_by=by, approved_at=timestamp(at))


def changed() -> TradeError:
    """The error where another text was proposed than the one that a person saw.

    >>> changed().code
    'proposal_changed'
    """
    return TradeError("proposal_changed", "What was proposed is not what you see now. Propose it again.")


def has_expired(proposal: Proposal, at: dt.datetime) -> bool:
    """Whether a proposal that nobody approved is too old to be approved.

    >>> day = dt.datetime(2026, 3, 1, tzinfo=dt.UTC)
    >>> made = propose("key.pin", {}, by="us_1", at=day)
    >>> [has_expired(made, day + dt.timedelta(days=each)) for each in (6, 7)]
    [False, True]
    """
    return not proposal.approved and timestamp(at) >= proposal.expires


def _compared(by: str) -> str:
    """A person as two are compared: the case and the spaces of a typed name do not make another person.

    >>> _compared("cli:Tran  Van A ") == _compared("cli:tran van a")
    True
    """
    return " ".join(by.split()).casefold()


def _person(by: str) -> str:
    if not by or len(by) > _MAX_PERSON:
        raise TradeError("person_missing", "Say who you are: two different persons must be recorded.", "by")
    return by
