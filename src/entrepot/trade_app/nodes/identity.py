"""The node itself, among nodes: its settings, its keys in files, and its signed description."""

from __future__ import annotations

import datetime as dt
import os
import time
from functools import lru_cache, partial
from pathlib import Path
from typing import Final

from entrepot import configuration
from entrepot.connect.nodes.descriptions import endorse, seal
from entrepot.connect.signing_keys import ED25519, KeyUnsupported, SigningKey, new_key, read_pem
from entrepot.mail_settings import read_mail
from entrepot.model.errors import StoreError, TradeError
from entrepot.node_settings import NodeSettings, read_node
from entrepot.trade.approvals import has_expired
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.nodes import own_keys
from entrepot.trade.nodes.description import VALID, Description
from entrepot.trade.nodes.node import Node, did_of
from entrepot.trade.nodes.own_keys import OwnKey
from entrepot.trade.nodes.peers import CAPABILITIES
from entrepot.trade.nodes.types import known_versions
from entrepot.trade.ports import AlreadyRecorded
from entrepot.trade_app.books import key_folder, open_books, open_trade_keys
from entrepot.trade_app.nodes.services import services

#: Seconds for which a process remembers the keys, and its description.
REMEMBERED: Final = 5.0


@lru_cache(maxsize=1)
def settings() -> NodeSettings:
    """The settings of federation of this process. Raises ConfigurationError."""
    return read_node(os.environ, read_mail(os.environ).url)


@lru_cache(maxsize=1)
def node() -> Node:
    """The node itself. Raises TradeError where it has no economy."""
    given = settings()
    if not given.economy:
        raise TradeError(
            "node_off", "This node meets no others: set ENTREPOT_NODE to its economy, such as ENTREPOT_NODE=VN."
        )
    return Node(
        given.economy,
        given.name,
        given.operator,
        given.address,
        did_of(given.address),
        services(given.economy, given.address, signing_keys),
    )


@lru_cache(maxsize=1)
def loopback() -> bool:
    """Whether nodes on this machine are reached, without HTTPS, as in tests and demonstrations."""
    return configuration.read_server(os.environ).webhooks_loopback


def now() -> dt.datetime:
    """The time."""
    return dt.datetime.now(dt.UTC)


_kept: dict[str, tuple[float, tuple[SigningKey, ...]]] = {}


def signing_keys() -> tuple[SigningKey, ...]:
    """The keys with which this node signs now, the older one first. The first one is made where there is none.

    Raises StoreError where the file of a key is missing.
    """
    kept = _kept.get("keys")
    if kept is not None and time.monotonic() < kept[0]:
        return kept[1]
    found = tuple(_read(each.thumbprint) for each in active_keys())
    _kept["keys"] = (time.monotonic() + REMEMBERED, found)
    return found


def forget_kept() -> None:
    """Read the keys again at their next use: after they were changed."""
    _kept.clear()


def active_keys() -> list[OwnKey]:
    """The public keys that are valid now, the older one first."""
    books = open_books()
    found = _valid()
    if not found:
        made = _make()
        lost = len(books.list_objects("nk_", status=own_keys.LOST))
        jwk = public_jwk(made)
        try:
            books.run(partial(own_keys.publish_first, thumbprint=made.id, jwk=jwk, lost=lost))
        except AlreadyRecorded:  # another process was first: its key is used
            _path(made.id).unlink(missing_ok=True)
        found = _valid()
    return found


def _valid() -> list[OwnKey]:
    moment = timestamp(now())
    found = open_books().list_objects("nk_", status=own_keys.ACTIVE)
    return sorted((each for each in found if not each.until or moment < each.until), key=lambda each: each.since)


def proposed_key() -> OwnKey | None:
    """The key that a person has proposed, if there is one."""
    found = open_books().list_objects("nk_", status=own_keys.PROPOSED, limit=1)
    return found[0] if found else None


def waiting_key() -> OwnKey | None:
    """The proposed key, while a second person can approve it."""
    found = proposed_key()
    waits = found is not None and found.proposal is not None and not has_expired(found.proposal, now())
    return found if waits else None


def public_jwk(key: SigningKey) -> dict[str, str]:
    """The members of a public key that its thumbprint is made of."""
    return {name: value for name, value in key.public().jwk().items() if name in ("kty", "crv", "x", "y")}


def propose_key(by: str) -> OwnKey:
    """Make a key that is to replace the current one, and propose it; one whose proposal has expired, again.

    Raises TradeError, StoreError.
    """
    if (known := proposed_key()) is not None:
        return open_books().run(partial(own_keys.propose_again, number=known.id, by=by))
    current = active_keys()
    if len(current) > 1:
        raise TradeError(
            "key_changing",
            "A key is being replaced: both sign until {until}. Wait until then.",
            until=current[0].until,
        )
    made = _make()
    command = partial(own_keys.propose, previous=current[0].id, thumbprint=made.id, jwk=public_jwk(made), by=by)
    return open_books().run(command)


def approve_key(number: str, by: str) -> OwnKey:
    """Approve a proposed key: the current one signs it, and ends after the overlap. Raises TradeError, StoreError."""
    books = open_books()
    proposed: OwnKey = books.read(number)
    previous: OwnKey = books.read(proposed.previous)
    moment = now()
    since, until = timestamp(moment), timestamp(moment + own_keys.OVERLAP)
    described = OwnKey(
        id="", status="", thumbprint=proposed.thumbprint, jwk=proposed.jwk, created="", since=since
    ).described()
    endorsement = endorse(node().did, described, _read(previous.thumbprint), until).endorsement
    if endorsement is None:  # `endorse` always makes one
        raise TradeError("key_not_endorsed", "The current key did not sign the new one.")
    found = books.run(partial(own_keys.approve, number=number, endorsement=endorsement, since=since, by=by))
    forget_kept()
    return found


def lose_keys(by: str) -> int:
    """Declare all keys lost, at once: this node makes a new one, and each peer meets it again. Returns how many."""
    books = open_books()
    found = [*books.list_objects("nk_", status=own_keys.ACTIVE), *books.list_objects("nk_", status=own_keys.PROPOSED)]
    for each in found:
        books.run(partial(own_keys.lose, number=each.id, by=by))
        _path(each.thumbprint).unlink(missing_ok=True)
    forget_kept()
    return len(found)


def end_keys() -> int:
    """End the keys whose time is over, and remove their files. Returns how many."""
    books, moment, count = open_books(), timestamp(now()), 0
    for each in books.list_objects("nk_", status=own_keys.ACTIVE):
        if each.until and each.until <= moment:
            books.run(partial(own_keys.end, number=each.id))
            _path(each.thumbprint).unlink(missing_ok=True)
            count += 1
    return count


def description() -> Description:
    """What this node says of itself now."""
    own, moment = node(), now()
    return Description(
        object="node_description",
        version=1,
        economy=own.economy,
        name=own.name,
        operator=own.operator,
        did=own.did,
        address=own.address,
        keys=tuple(each.described() for each in active_keys()),
        capabilities=CAPABILITIES,
        messages=known_versions(),
        ledger_key=open_trade_keys().signer.verifier().text(),
        issued=timestamp(moment),
        expires=timestamp(moment + VALID),
    )


def signed_description() -> bytes:
    """The signed description, as it is published."""
    return seal(description(), signing_keys())


def _make() -> SigningKey:
    """A new key in a file that only this user can read."""
    made, folder = new_key(ED25519), key_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(_path(made.id), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(made.pem())
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        why = error.strerror or error
        raise StoreError(f"The key file {_path(made.id)} cannot be written: {why}.") from None
    return made


def _path(thumbprint: str) -> Path:
    return key_folder() / f"node-{thumbprint}.key"


def _read(thumbprint: str) -> SigningKey:
    file = _path(thumbprint)
    try:
        found = read_pem(file.read_text())
    except FileNotFoundError:
        raise StoreError(
            f"The key file {file} is missing. Restore it from a backup. If it is lost for ever: `entrepot nodes rotate "
            "--lost` lets this node make a new key, and each peer meets it again."
        ) from None
    except (OSError, KeyUnsupported) as error:
        raise StoreError(f"The key file {file} cannot be read: {error}.") from None
    if found.id != thumbprint:
        raise StoreError(f"The key in {file} has another thumbprint: {found.id}. Restore the file from a backup.")
    return found
