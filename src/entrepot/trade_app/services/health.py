"""Video visits that concern health: what patient and provider do, each in one transaction with the delivery."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import NamedTuple

from entrepot import app
from entrepot.law.periods import Periods
from entrepot.model.errors import TradeError
from entrepot.store.people import members, organizations
from entrepot.trade.delivery import commands as deliveries
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.health import commands, practitioners
from entrepot.trade.health.chart import APPOINTMENT, Chart, Doctor
from entrepot.trade.health.commands import Sign, Signing, VisitFacts
from entrepot.trade.health.encounters import encounter_of
from entrepot.trade.health.intake import GUARDIAN, Intake, read_intake
from entrepot.trade.health.notes import NoteContent, NoteTexts, read_texts
from entrepot.trade.health.practitioners import Practitioner, Profile, Registration, profile_of, read_profile
from entrepot.trade.health.record import Record
from entrepot.trade.ports import NotFound, Transaction
from entrepot.trade.service_terms import HEALTH
from entrepot.trade_app.books import open_books

#: Practitioners of one provider that are listed.
MAX_PRACTITIONERS = 200


class Person(NamedTuple):
    """Who acts: a person for an organization."""

    organization: str
    person: str


def is_health_visit(delivery: Delivery) -> bool:
    """Whether a delivery is a visit that concerns a person's health."""
    return delivery.kind == "visit" and delivery.service in HEALTH


def visit_of(tx: Transaction, number: str, by: str) -> Delivery:
    """A visit of its provider or its patient. Raises NotFound."""
    if not number.startswith("dl_"):
        raise NotFound(number)
    found = deliveries.owned(tx, number, by)
    if not is_health_visit(found):
        raise NotFound(number)
    return found


def any_visit(organization: str, number: str) -> Delivery:
    """A visit of its provider or its buyer, also one that does not concern health. Raises NotFound."""
    found: Delivery | None = open_books().read(number) if number.startswith("dl_") else None
    if found is None or organization not in found.owners or found.kind != "visit":
        raise NotFound(number)
    return found


def facts_of(delivery: Delivery) -> VisitFacts:
    """A visit, as the health record needs it."""
    provider, patient = (*delivery.economies, "", "")[:2]
    return VisitFacts(delivery.id, delivery.seller, delivery.buyer, (patient, provider), delivery.starts)


def periods() -> Periods:
    """The rows of law about how long records are kept, and from which age a person consents."""
    return app.library().periods()


def prepare(who: Person, number: str, given: Mapping[str, str]) -> Record:
    """Keep what the patient gives before the visit. A consent before does not hold. Raises TradeError, NotFound."""

    def command(tx: Transaction) -> Record:
        delivery = visit_of(tx, number, who.organization)
        if delivery.buyer != who.organization:
            raise NotFound(number)
        intake, visit = read_intake(given, tx.time.date()), facts_of(delivery)
        doctor = practitioners.of_calendar(tx, delivery.seller, delivery.terms.resource)
        record = commands.prepare(tx, visit, intake, doctor.id if doctor else "", periods())
        minor = commands.needs_guardian(intake, visit, tx.time.date(), periods())
        deliveries.name_recipient(tx, number, by=who.organization, recipient=record.personal, minor=minor)
        return record

    return open_books().run(command)


def consent(who: Person, number: str, *, version: str, language: str) -> Record:
    """Consent to the visit, as the patient or the guardian. Raises TradeError, NotFound."""

    def command(tx: Transaction) -> Record:
        delivery = visit_of(tx, number, who.organization)
        if delivery.buyer != who.organization:
            raise NotFound(number)
        visit = facts_of(delivery)
        record = commands.consent(tx, visit, periods(), by=who.person, version=version, language=language)
        agreed = partial(deliveries.consent, tx, number, by=who.organization, person=who.person)
        if record.consent is not None and record.consent.capacity == GUARDIAN:
            agreed(guardian=True)
        agreed()
        return record

    return open_books().run(command)


def withdraw(who: Person, number: str) -> Record:
    """Withdraw the consent: the visit closes at once, and what has not begun is erased. Raises TradeError, NotFound."""

    def command(tx: Transaction) -> Record:
        visit_of(tx, number, who.organization)
        # The record follows the delivery, wherever the consent is withdrawn.
        deliveries.withdraw_consent(tx, number, by=who.organization, person=who.person)
        return commands.record_of(tx, number)

    return open_books().run(command)


def sign_note(who: Person, number: str, given: Mapping[str, str], seal: Sign) -> Record:
    """Sign the note of a visit, as its practitioner. The visit counts as delivered. Raises TradeError, NotFound."""
    texts = read_texts(given)

    def command(tx: Transaction) -> Record:
        return _sign(tx, who, number, texts, seal)

    return open_books().run(command)


def _sign(tx: Transaction, who: Person, number: str, texts: NoteTexts, seal: Sign) -> Record:
    delivery = visit_of(tx, number, who.organization)
    if delivery.seller != who.organization:
        raise NotFound(number)
    record = commands.record_of(tx, number)
    doctor = _doctor(tx, delivery, record, _Known(tx))
    if doctor is None or doctor.profile is None:
        raise TradeError("practitioner_missing", "Register the practitioner of this calendar first.")
    by = Signing(who.person, doctor.practitioner, doctor.profile, seal)
    noted = commands.sign_note(tx, number, texts, encounter_of(delivery), by)
    if noted.note is not None:
        deliveries.finish(tx, number, evidence=f"note:{noted.note.hash}")
    return noted


class _Known:
    """What a transaction has read already: the names of organizations, and practitioners."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self.name = cache(organizations.name_of)
        self.doctor = cache(self._doctor)

    def _doctor(self, number: str) -> Doctor:
        found: Practitioner = self._tx.get(number)
        try:
            profile: Profile | None = profile_of(self._tx.get_personal(found.personal))
        except NotFound:
            profile = None  # erased
        return Doctor(found, profile, self.name(found.seller))


def charts(organization: str, numbers: Iterable[str]) -> list[Chart]:
    """Visits with all that the organization may see. Those that are not its own are left out."""

    def command(tx: Transaction) -> list[Chart]:
        found, known = [], _Known(tx)
        for number in numbers:
            try:
                found.append(_chart(tx, visit_of(tx, number, organization), known))
            except NotFound:
                continue
        return found

    return open_books().run(command)


def chart(organization: str, number: str) -> Chart:
    """A visit with all that the organization may see. Raises NotFound."""
    return open_books().run(lambda tx: _chart(tx, visit_of(tx, number, organization), _Known(tx)))


def _chart(tx: Transaction, delivery: Delivery, known: _Known) -> Chart:
    """A visit with its record, its patient and its practitioner."""
    record = commands.find_record(tx, delivery.id)
    patient: Intake | None = None
    if record is not None and record.personal:
        try:
            patient = commands.patient_data(tx, record)
        except TradeError:
            patient = None  # erased
    return Chart(
        delivery=delivery.id,
        status=APPOINTMENT[delivery.status],
        provider=known.name(delivery.seller),
        created=delivery.created,
        starts=delivery.starts,
        until=_ends(delivery),
        record=record,
        patient=patient,
        doctor=_doctor(tx, delivery, record, known),
        encounter=encounter_of(delivery),
    )


def _ends(delivery: Delivery) -> str:
    """When a visit ends as planned: after its minutes, and not when access to it ends."""
    if not delivery.starts:
        return delivery.until
    end = dt.datetime.fromisoformat(delivery.starts) + dt.timedelta(minutes=delivery.terms.minutes)
    return end.astimezone(dt.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _doctor(tx: Transaction, delivery: Delivery, record: Record | None, known: _Known) -> Doctor | None:
    """Who sees the patient: as when the patient gave something, else who has the calendar now."""
    if record is not None and record.practitioner:
        return known.doctor(record.practitioner)
    found = practitioners.of_calendar(tx, delivery.seller, delivery.terms.resource)
    return known.doctor(found.id) if found is not None else None


def doctors_of(numbers: Sequence[str]) -> list[Doctor]:
    """Practitioners by their ids."""

    def command(tx: Transaction) -> list[Doctor]:
        known = _Known(tx)
        return [known.doctor(each) for each in numbers]

    return open_books().run(command)


def doctors(organization: str) -> list[Doctor]:
    """The practitioners of a provider, the newest first."""
    found = open_books().list_objects("pr_", owner=organization, limit=MAX_PRACTITIONERS)
    return doctors_of([each.id for each in found])


def register(who: Person, given: Mapping[str, str], *, number: str = "") -> Practitioner:
    """Register a practitioner of a provider, or change one. The person is a member. Raises TradeError, NotFound."""
    person, economy = given.get("person", ""), given.get("economy", "").upper()
    if all(each.person_id != person for each in members.members_of(who.organization)):
        raise TradeError("person_unknown", "Choose a member of the organization.", "person")
    if not (len(economy) == 2 and economy.isalpha() and economy.isascii()):
        raise TradeError("economy_unknown", "Write the economy with two letters.", "economy")
    found = Registration(read_profile(given), person, economy, given.get("calendar", "").strip()[:60])
    return open_books().run(lambda tx: practitioners.register(tx, found, seller=who.organization, number=number))


def end_practitioner(who: Person, number: str) -> Practitioner:
    """A practitioner sees no more patients here. Raises NotAllowed, NotFound."""
    return open_books().run(lambda tx: practitioners.end(tx, number, seller=who.organization))


def note(organization: str, number: str, part: int) -> tuple[Chart, NoteContent, str]:
    """A note of a visit with its signature. Raises TradeError where it was erased, NotFound."""

    def command(tx: Transaction) -> tuple[Chart, NoteContent, str]:
        found = _chart(tx, visit_of(tx, number, organization), _Known(tx))
        if found.record is None:
            raise NotFound(number)
        return (found, *commands.note_content(tx, found.record, part))

    return open_books().run(command)


def records_of(buyer: str) -> list[Record]:
    """All health records of a patient's party."""
    found: list[Record] = []
    before = ""
    while page := open_books().list_objects("hr_", owner=buyer, before=before, limit=100):
        found += [each for each in page if each.buyer == buyer]
        before = page[-1].id
    return found


#: Called with a transaction, such as one that also erases other data.
Erasing = Callable[[Transaction], dict[str, dt.date]]


def erase_all(buyer: str) -> Erasing:
    """Erase what is stored on the health of a party's patients. The command returns what is kept, with its days.

    What belongs to a visit that took place is kept until its day; before, it is put where that is known.
    """
    numbers = [each.id for each in records_of(buyer)]

    def command(tx: Transaction) -> dict[str, dt.date]:
        kept: dict[str, dt.date] = {}
        for number in numbers:
            record: Record = tx.get(number)
            delivery: Delivery = tx.get(record.delivery)
            if delivery.begun and not record.kept_until:
                last = dt.datetime.fromisoformat(delivery.ended or delivery.begun).date()
                commands.retain(tx, record.delivery, last)
            until = commands.erase(tx, number)
            if until is not None:
                kept[number] = until
        return kept

    return command
