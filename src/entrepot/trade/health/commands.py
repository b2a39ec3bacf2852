"""Commands of a health record: what a patient gives, consents to and withdraws; the signed note; retention, erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec

from entrepot.law.periods import Periods
from entrepot.model.errors import TradeError
from entrepot.trade.health import rules
from entrepot.trade.health.consent_text import CURRENT, DATA, PURPOSES
from entrepot.trade.health.encounters import Encounter
from entrepot.trade.health.intake import GUARDIAN, SELF, Intake, intake_of
from entrepot.trade.health.notes import NoteContent, NoteTexts, canonical, hash_of
from entrepot.trade.health.practitioners import Practitioner, Profile
from entrepot.trade.health.record import PURPOSE, Record, intake_subject, record_reference
from entrepot.trade.ledger.events import timestamp
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import NotFound, Transaction


class VisitFacts(NamedTuple):
    """A visit, as its delivery has it. `economies`: of the patient and of the provider; `starts`: RFC 3339, or ""."""

    delivery: str
    seller: str
    buyer: str
    economies: tuple[str, str]
    starts: str

    @property
    def day(self) -> dt.date | None:
        """The day of the visit."""
        return dt.datetime.fromisoformat(self.starts).date() if self.starts else None


def find_record(tx: Transaction, delivery: str) -> Record | None:
    """The health record of a delivery."""
    number = tx.lookup(record_reference(delivery))
    return tx.get(number) if number else None


def record_of(tx: Transaction, delivery: str) -> Record:
    """As `find_record`. Raises NotFound."""
    found = find_record(tx, delivery)
    if found is None:
        raise NotFound(delivery)
    return found


def prepare(tx: Transaction, visit: VisitFacts, given: Intake, practitioner: str, periods: Periods) -> Record:
    """Keep what the patient gives before the visit, also again. A consent before does not hold any more.

    `periods`: the rows of law, by which the record says from now on how long it is kept after the visit. Raises
    TradeError for a minor without a guardian, NotAllowed once the visit has taken place.
    """
    today = tx.time.date()
    if needs_guardian(given, visit, today, periods) and not given.guardian:
        raise TradeError(
            "guardian_missing",
            "The patient is a minor in {economy}: a parent or guardian consents. Give the name of that person.",
            "guardian",
            economy=visit.economies[0],
        )
    known = find_record(tx, visit.delivery)
    if known is not None and known.kept_until:
        raise NotAllowed("visit_took_place", "The visit has taken place: the data given for it cannot be changed.")
    number = known.id if known else tx.new_id("hr_")
    _discard_intake(tx, number)
    personal = tx.put_personal(intake_subject(number), PURPOSE, given.values, retain_until=today)
    rule = rules.longest_retention(visit.economies, visit.day or today, periods)
    payload: dict[str, Any] = {
        "personal": personal,
        "patient": _patient_hash(tx, visit, given),
        "practitioner": practitioner,
        "kept_years": rule.years,
        "kept_by": rule.id,
    }
    if known is None:
        payload |= {
            "delivery": visit.delivery,
            "owners": [visit.seller, visit.buyer],
            "economies": list(visit.economies),
        }
    prepared: Record = tx.append(number, "health.prepared", payload)
    return prepared


def consent(tx: Transaction, visit: VisitFacts, periods: Periods, *, by: str, version: str, language: str) -> Record:
    """Consent to the text of a version, as the patient or as the guardian. Raises TradeError, NotFound.

    `version`: of the text that was shown: if there is a newer one, it is shown first.
    """
    record = record_of(tx, visit.delivery)
    if version != CURRENT.version:
        raise TradeError("consent_text_changed", "The text of the consent has changed. Read it again.", "version")
    given = patient_data(tx, record)
    guarded = needs_guardian(given, visit, tx.time.date(), periods)
    if guarded and not given.guardian:
        raise TradeError("guardian_missing", "A guardian consents for a minor. Give the name first.", "guardian")
    payload = {
        "version": CURRENT.version,
        "digest": CURRENT.digest,
        "language": language,
        "by": by,
        "capacity": GUARDIAN if guarded else SELF,
        "economies": list(visit.economies),
        "data": list(DATA),
        "purposes": list(PURPOSES),
    }
    agreed: Record = tx.append(record.id, "health.consented", payload)
    return agreed


def withdraw(tx: Transaction, delivery: str, *, by: str) -> Record:
    """Withdraw the consent. What was given for a visit that has not begun is erased at once. Raises NotAllowed."""
    record: Record = tx.append(record_of(tx, delivery).id, "health.consent_withdrawn", {"by": by})
    return record


def discard(tx: Transaction, delivery: str) -> Record | None:
    """Erase what was given for a visit that does not take place: it was cancelled, or the consent was withdrawn."""
    record = find_record(tx, delivery)
    if record is None or record.kept_until or record.status == "discarded":
        return record
    _discard_intake(tx, record.id)
    discarded: Record = tx.append(record.id, "health.discarded", {})
    return discarded


def retain(tx: Transaction, delivery: str, ended: dt.date) -> Record | None:
    """Keep the record of a visit that took place, as long as the rules of both economies asked. Done once.

    It is erased by itself when that day is reached.
    """
    record = find_record(tx, delivery)
    if record is None or record.kept_until or not record.personal:
        return record
    until = rules.years_later(ended, record.kept_years)
    values = tx.get_personal(record.personal)
    personal = tx.put_personal(record.id, PURPOSE, values, retain_until=until)
    _discard_intake(tx, record.id)
    tx.erase_personal(record.id)  # it is kept until then, and erased by itself on that day
    payload = {"personal": personal, "until": until.isoformat(), "rule": record.kept_by}
    retained: Record = tx.append(record.id, "health.retained", payload)
    return retained


class Signature(NamedTuple):
    """A signature of a note: the token, and the id of the key that made it."""

    token: str
    key: str


#: Signs a note with the key of the node.
Sign = Callable[[NoteContent, bytes], Signature]


class Signing(NamedTuple):
    """Who signs a note: the person (`us_…`), as which practitioner, with which licence; and how it is sealed."""

    signer: str
    practitioner: Practitioner
    profile: Profile
    seal: Sign


def sign_note(tx: Transaction, delivery: str, texts: NoteTexts, encounter: Encounter | None, by: Signing) -> Record:
    """Sign the note of a visit, or a new one that replaces the last. Raises TradeError, NotAllowed, NotFound.

    Only the practitioner of the visit signs, once the patient and the practitioner were connected at the same time.
    """
    record = record_of(tx, delivery)
    if by.practitioner.seller != record.seller or by.signer != by.practitioner.person:
        raise TradeError("not_the_practitioner", "Only the practitioner of the visit signs its note.")
    if encounter is None or not encounter.seconds:
        raise NotAllowed("no_encounter", "The visit has not taken place, so there is nothing to write a note about.")
    if encounter.end == "":
        raise NotAllowed("visit_lasts", "The visit has not ended. Sign the note after it.")
    last = dt.datetime.fromisoformat(encounter.end).date()
    record = retain(tx, delivery, last) or record
    number = len(record.notes) + 1
    content = NoteContent(
        record=record.id,
        delivery=delivery,
        number=number,
        salt=tx.keyed_hash(f"note:{record.id}:{number}"),
        signed=timestamp(tx.time),
        signer=by.signer,
        practitioner=by.profile._asdict(),
        patient=patient_data(tx, record).values,
        economies=record.economies,
        start=encounter.start,
        end=encounter.end,
        seconds=encounter.seconds,
        texts=texts._asdict(),
        replaces=number - 1,
    )
    seal = by.seal(content, canonical(content))
    values = {"content": canonical(content).decode(), "signature": seal.token}
    personal = tx.put_personal(record.id, PURPOSE, values, retain_until=dt.date.fromisoformat(record.kept_until))
    tx.erase_personal(record.id)
    payload = {"hash": hash_of(content), "personal": personal, "signer": by.signer, "key": seal.key}
    noted: Record = tx.append(record.id, "health.noted", payload)
    return noted


def erase(tx: Transaction, number: str) -> dt.date | None:
    """Erase what is stored of a patient in a record. Returns until when it must be kept; None: it is erased.

    What must be kept is erased by itself on that day.
    """
    record: Record = tx.get(number)
    if record.kept_until:
        until = dt.date.fromisoformat(record.kept_until)
        tx.erase_personal(record.id)
        return until if tx.personal_of(record.id) else None
    discard(tx, record.delivery)
    return None


def patient_data(tx: Transaction, record: Record) -> Intake:
    """What the patient gave. Raises TradeError where it was erased."""
    return intake_of(_values(tx, record.personal))


def note_content(tx: Transaction, record: Record, number: int) -> tuple[NoteContent, str]:
    """A note and its signature. Raises TradeError where it was erased, NotFound, ValueError where it was changed."""
    note = next((each for each in record.notes if each.number == number), None)
    if note is None:
        raise NotFound(f"{record.id}/{number}")
    values = _values(tx, note.personal)
    content = msgspec.json.decode(values["content"], type=NoteContent)
    if hash_of(content) != note.hash:
        raise ValueError(f"{record.id}: the content of note {number} is not the one whose hash is in the ledger.")
    return content, values["signature"]


def _values(tx: Transaction, reference: str) -> Mapping[str, str]:
    try:
        return tx.get_personal(reference)
    except NotFound:
        raise TradeError("health_erased", "The patient's data were erased.") from None


def _discard_intake(tx: Transaction, record: str) -> None:
    tx.erase_personal(intake_subject(record))


def needs_guardian(given: Intake, visit: VisitFacts, today: dt.date, periods: Periods) -> bool:
    """Whether the patient is a minor on the day of the visit, in the patient's economy."""
    return rules.is_minor(given.birthday, visit.economies[0], visit.day or today, periods)


def _patient_hash(tx: Transaction, visit: VisitFacts, given: Intake) -> str:
    """The same for all visits of a patient at a provider; another one at each provider."""
    name = " ".join(given.name.casefold().split())
    return tx.keyed_hash(f"patient:{visit.seller}:{visit.buyer}:{name}:{given.born}")
