"""Badges put together: issued for a completed course, signed with the key of documents, shown, revoked and verified."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import msgspec

from entrepot.connect.badges import credential, status, verify
from entrepot.connect.badges.canonical import canonical
from entrepot.connect.badges.credential import Award, Signer
from entrepot.connect.documents.verify import KeyOf, Verdict
from entrepot.model.errors import TradeError
from entrepot.store.people import organizations
from entrepot.trade.courses import badge as commands
from entrepot.trade.courses.badge import Badge, Sealed
from entrepot.trade.courses.course import Course
from entrepot.trade.courses.enrolment import Enrolment, learner_of
from entrepot.trade.papers import keys
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade_app import documents
from entrepot.trade_app.books import open_books

#: Places of the status list that are tried for a badge.
DRAWS = 20
NAME = "Entrepot"


def issue(enrolment: str, person: str, email: str, criteria: str) -> Badge:
    """Issue the badge of a completed course, once. `person`: the account that asks for it, which must be the learner.

    `email`: the learner's address, which is hashed into the badge; "" for none. Raises TradeError and NotFound.
    """
    signer, draws = _signer(), [secrets.randbelow(commands.PLACES) for _ in range(DRAWS)]
    salt = secrets.token_hex(16)

    def command(tx: Transaction) -> Badge:
        earned, course = commands.check_earned(tx, enrolment)
        if earned.learner != learner_of(tx, person):
            raise NotFound(enrolment)
        known = tx.lookup(commands.reference(enrolment))
        if known is not None:
            found: Badge = tx.get(known)
            return found
        index, number = commands.free_place(tx, draws), tx.new_id("bd_")
        award = _award(tx, number, earned, course, criteria)
        sealed = _seal(tx, signer, award._replace(place=index, salt=salt, email=email))
        return commands.issue(tx, earned, number, sealed, index)

    return open_books().run(command)


def sign_again(number: str, person: str) -> Badge:
    """Sign a badge with the key of now, because the one that signed it was revoked. Raises TradeError and NotFound."""
    signer = _signer()

    def command(tx: Transaction) -> Badge:
        found: Badge = tx.get(number)
        earned: Enrolment = tx.get(found.enrolment)
        known = tx.lookup(keys.key_reference(found.key))
        if earned.learner != learner_of(tx, person):
            raise NotFound(number)
        if known is None or tx.get(known).status != "revoked":
            return found
        old = msgspec.json.decode(tx.get_personal(found.personal)["credential"])
        unsigned = {name: value for name, value in old.items() if name != "proof"}
        unsigned["issuer"] = {**unsigned["issuer"], "id": signer.did}
        return commands.sign_again(tx, number, _sealed(tx, signer, unsigned))

    return open_books().run(command)


def revoke(organization: str, number: str, reason: str) -> Badge:
    """Revoke a badge, as the seller of the course. Raises TradeError and NotFound."""
    return open_books().run(lambda tx: commands.revoke(tx, number, reason, by=organization))


def of_enrolment(enrolment: str) -> Badge | None:
    """The badge of an enrolment."""
    books = open_books()
    number = books.lookup(commands.reference(enrolment))
    found: Badge | None = books.read(number) if number else None
    return found


def find(number: str) -> Badge:
    """A badge: anybody may see one whose address it knows. Raises NotFound."""
    if not number.startswith("bd_"):
        raise NotFound(number)
    found: Badge = open_books().read(number)
    return found


def credential_of(badge: Badge) -> str:
    """The signed credential as JSON. Raises NotFound where it was erased."""
    text: str = open_books().run(lambda tx: tx.get_personal(badge.personal))["credential"]
    return text


def needs_new_signature(badge: Badge) -> bool:
    """Whether the key that signed a badge was revoked."""
    return any(each.thumbprint == badge.key and each.status == "revoked" for each in documents.public_keys())


def status_list(number: int) -> dict[str, Any]:
    """The signed list of revoked badges. Raises NotFound."""
    if number != commands.LIST:
        raise NotFound(str(number))
    revoked: list[int] = []
    before = ""
    while page := open_books().list_objects("bd_", status="revoked", before=before, limit=500):
        revoked += [each.index for each in page if each.list == number]
        before = page[-1].id
    signer = _signer()
    # Anybody may ask for the list: it waits for no other command, once its key is published.
    published = open_books().lookup(keys.key_reference(signer.key.thumbprint))
    if published is None or open_books().read(published).status != "active":
        open_books().run(lambda tx: _publish(tx, signer))
    return status.status_list(signer, number, revoked, dt.datetime.now(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))


def verify_file(content: bytes, key_of: KeyOf, now: dt.datetime) -> Verdict:
    """Verify a badge in a file: one of this node also by its ledger, which knows what was revoked."""
    found = verify.verify(content, key_of, now)
    books = open_books()
    if not found.valid or books.lookup(keys.key_reference(found.key)) is None:
        return found
    number = str(found.claims.get("id", "")).rpartition("/" if "/" in str(found.claims.get("id", "")) else ":")[2]
    try:
        badge = find(number)
    except NotFound:
        return msgspec.structs.replace(found, code="unknown_badge")
    said = sha256(canonical(msgspec.json.decode(content))).hexdigest()
    if badge.status == "revoked":
        return msgspec.structs.replace(found, code="revoked")
    return found if said == badge.hash else msgspec.structs.replace(found, code="unknown_badge")


def belongs_to(found: Verdict, email: str) -> bool | None:
    """Whether a badge was issued to an e-mail address; None if it names none."""
    return verify.belongs_to(found.claims, email)


def _award(tx: Transaction, number: str, earned: Enrolment, course: Course, criteria: str) -> Award:
    seller = organizations.find_organization(course.seller)
    return Award(
        number=number,
        # One badge says nothing about another: each has a pseudonym of its own.
        subject=f"urn:entrepot:learner:{tx.keyed_hash(f'badge:{number}')[:32]}",
        course=course.id,
        title=course.title,
        description=course.summary or course.title,
        criteria=criteria.format(percent=course.pass_percent),
        seller=course.seller,
        seller_name=seller.name if seller else course.seller,
        percent=earned.percent,
        issued=tx.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
        salt="",
        list_number=commands.LIST,
    )


def _seal(tx: Transaction, signer: Signer, award: Award) -> Sealed:
    return _sealed(tx, signer, credential.unsigned(award, signer))


def _sealed(tx: Transaction, signer: Signer, unsigned: Mapping[str, Any]) -> Sealed:
    _publish(tx, signer)
    signed = credential.sign(unsigned, signer, tx.time.strftime("%Y-%m-%dT%H:%M:%SZ"))
    text = canonical(signed)
    return Sealed(text.decode(), sha256(text).hexdigest(), signer.key.thumbprint)


def _publish(tx: Transaction, signer: Signer) -> None:
    published = keys.publish(tx, signer.key.thumbprint, signer.key.x)
    if published.status != "active":
        raise TradeError("key_retired", "The key of documents was replaced at this moment. Send the request again.")


def _signer() -> Signer:
    node = documents.this_node()
    return Signer(node.url, NAME, node.key)
