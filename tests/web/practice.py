"""A practice for tests and measurements: visits as the delivery of an order makes them, with what happens in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from entrepot.connect.documents import jose
from entrepot.connect.documents.credential import Node
from entrepot.connect.documents.note_seal import seal_note
from entrepot.trade.delivery import commands as deliveries
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.health import commands, practitioners
from entrepot.trade.health.commands import Signing
from entrepot.trade.health.consent_text import CURRENT
from entrepot.trade.health.encounters import encounter_of
from entrepot.trade.health.intake import read_intake
from entrepot.trade.health.notes import NoteTexts
from entrepot.trade.health.practitioners import Practitioner, Profile, Registration
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.ports import Books, Transaction
from entrepot.trade_app.services.health import facts_of, periods

CALENDAR = "as_019ca6b1dc0070018000000000000000"
PROFILE = Profile("Dr. Li Na", "Dermatologist", "110110000012345", "National Health Commission", "Asia/Shanghai")
#: Words that stand nowhere but in the vault.
INTAKE = {
    "name": "Somchai Plantedname",
    "born": "1980-05-17",
    "sex": "male",
    "telephone": "+66 2 765 4321",
    "place": "Plantedplace Road 1, Chiang Mai",
    "zone": "Asia/Bangkok",
    "reason": "plantedreason at the left wrist",
}
NOTE = {"summary": "plantedsummary", "assessment": "plantedassessment", "plan": "plantedplan"}
LICENCE = {"number": "CLINIC-77", "authority": "National Health Commission", "economy": "CN"}


def register(books: Books, seller: str, person: str, calendar: str = CALENDAR) -> Practitioner:
    """Register the practitioner of a calendar."""
    given = Registration(PROFILE, person, "CN", calendar)
    return books.run(lambda tx: practitioners.register(tx, given, seller=seller))


def visit(
    tx: Transaction, seller: str, buyer: str, starts: dt.datetime, *, order: str = "", calendar: str = CALENDAR
) -> Delivery:
    """A visit as it is after the payment of its order: it waits for the consent."""
    terms: dict[str, Any] = {
        "kind": "visit",
        "resource": calendar,
        "minutes": 20,
        "licence": {**LICENCE, "checked_by": "og_operator", "checked_on": "2026-03-01"},
    }
    payload = {
        "order": order or tx.new_id("or_"),
        "line": 1,
        "owners": [seller, buyer],
        "kind": "visit",
        "service": "telemedicine",
        "terms": terms,
        "quantity": 1,
        "unit": "C62",
        "amount": 30000,
        "currency": "THB",
        "starts": timestamp(starts),
        "until": timestamp(starts + dt.timedelta(minutes=80)),
        "economies": ["CN", "TH"],
        "conditions": {"consent": {"text": "1", "economies": ["CN", "TH"]}},
    }
    made: Delivery = tx.append(tx.new_id("dl_"), "delivery.created", payload)
    return made


def prepare(tx: Transaction, delivery: Delivery, doctor: str, given: Mapping[str, str] = INTAKE) -> None:
    """The patient gives what the provider needs."""
    record = commands.prepare(tx, facts_of(delivery), read_intake(given, tx.time.date()), doctor, periods())
    deliveries.name_recipient(tx, delivery.id, by=delivery.buyer, recipient=record.personal, minor=False)


def agree(tx: Transaction, delivery: Delivery, person: str = "us_patient") -> None:
    """The patient consents."""
    commands.consent(tx, facts_of(delivery), periods(), by=person, version=CURRENT.version, language="th")
    deliveries.consent(tx, delivery.id, by=delivery.buyer, person=person)


def meet(tx: Transaction, delivery: Delivery, minutes: int = 15) -> Delivery:
    """Both sides are connected for some minutes, as the socket process records it."""
    begun = dt.datetime.fromisoformat(delivery.starts) + dt.timedelta(minutes=2)
    ended = begun + dt.timedelta(minutes=minutes)
    session = f"se_{delivery.id[3:]}"
    deliveries.begin_session(tx, delivery.id, session, time=timestamp(begun))
    return deliveries.end_session(tx, delivery.id, session, seconds=minutes * 60, time=timestamp(ended))


def sign(tx: Transaction, delivery: Delivery, doctor: Practitioner, seed: bytes = bytes(32)) -> None:
    """The practitioner signs the note."""
    node = Node("", jose.SigningKey(seed))
    by = Signing(doctor.person, doctor, PROFILE, lambda content, written: seal_note(content, written, node))
    commands.sign_note(tx, delivery.id, NoteTexts(**NOTE), encounter_of(tx.get(delivery.id)), by)
    deliveries.finish(tx, delivery.id)
