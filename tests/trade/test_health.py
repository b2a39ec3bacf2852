"""The health record of a visit: intake, consent, guardian, note, retention and erasure, in the books in memory."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
from typing import Any

import pytest

from entrepot.law.library import Library
from entrepot.model.errors import TradeError
from entrepot.trade.health import commands, practitioners, rules
from entrepot.trade.health.commands import Signature, Signing, VisitFacts
from entrepot.trade.health.consent_text import CURRENT, TEXTS
from entrepot.trade.health.encounters import Encounter
from entrepot.trade.health.intake import read_intake
from entrepot.trade.health.notes import NoteContent, NoteTexts, Words, canonical, note_sheet, read_texts
from entrepot.trade.health.practitioners import PRACTITIONER, Practitioner, Profile, Registration
from entrepot.trade.health.record import LONGEST, RECORD, Record
from entrepot.trade.memory import MemoryBooks
from entrepot.trade.objects import NotAllowed
from entrepot.trade.ports import NotFound
from trade.tally import Clock

SELLER, BUYER, DOCTOR, MOTHER = "og_1", "og_2", "us_doctor", "us_mother"
VISIT = VisitFacts("dl_1", SELLER, BUYER, ("TH", "CN"), "2026-03-10T08:00:00.000Z")
GIVEN = {
    "name": "Somchai Jaidee",
    "born": "1980-05-17",
    "sex": "male",
    "telephone": "+66 2 123 4567",
    "place": "Chiang Mai, Nimman Road 1",
    "zone": "Asia/Bangkok",
    "reason": "Itching at the left wrist",
}
PROFILE = Profile("Dr. Li Na", "Dermatologist", "110110000012345", "National Health Commission", "Asia/Shanghai")
MET = Encounter("finished", "2026-03-10T08:02:00.000Z", "2026-03-10T08:17:00.000Z", 900)
TEXTS_OF_NOTE = NoteTexts("Rash on the left wrist", "Contact dermatitis", "Avoid nickel")


PERIODS = Library().periods()


class Practice:
    """Books in memory with one visit and its practitioner."""

    def __init__(self) -> None:
        self.clock = Clock()
        kinds = {"hr_": RECORD, "pr_": PRACTITIONER}
        self.books = MemoryBooks(kinds, now=self.clock, random=os.urandom, hash_key=b"k" * 32)
        given = Registration(PROFILE, DOCTOR, "CN", "as_1")
        self.doctor: Practitioner = self.books.run(lambda tx: practitioners.register(tx, given, seller=SELLER))

    def prepare(self, **changes: str) -> Record:
        """Give the intake."""
        given = read_intake({**GIVEN, **changes}, self.clock().date())
        return self.books.run(lambda tx: commands.prepare(tx, VISIT, given, self.doctor.id, PERIODS))

    def consent(self, **changes: Any) -> Record:
        """Consent as the patient."""
        asked = {"by": "us_patient", "version": CURRENT.version, "language": "th"} | changes
        return self.books.run(lambda tx: commands.consent(tx, VISIT, PERIODS, **asked))

    def withdraw(self) -> Record:
        """Withdraw the consent."""
        return self.books.run(lambda tx: commands.withdraw(tx, VISIT.delivery, by="us_patient"))

    def sign(self, encounter: Encounter | None = MET, *, signer: str = DOCTOR) -> Record:
        """Sign a note."""
        by = Signing(signer, self.doctor, PROFILE, lambda *_given: Signature("signed", "key"))
        return self.books.run(lambda tx: commands.sign_note(tx, VISIT.delivery, TEXTS_OF_NOTE, encounter, by))

    def stored(self, subject: str) -> list[Any]:
        """Personal data of a subject."""
        return list(self.books.run(lambda tx: tx.personal_of(subject)).values())

    def ledger(self) -> str:
        """All events."""
        return repr(self.books.events(limit=1000))


@pytest.fixture
def practice() -> Practice:
    return Practice()


def test_what_a_patient_gives_stands_in_the_vault_and_never_in_the_ledger(practice: Practice) -> None:
    record = practice.prepare()
    practice.consent()
    practice.sign()
    for each in (*GIVEN.values(), *TEXTS_OF_NOTE, *PROFILE):
        assert each not in practice.ledger()
    assert practice.stored(f"{record.id}:intake") == []
    (intake, note) = practice.stored(record.id)
    assert (intake.purpose, dict(intake.values)["reason"]) == ("health", GIVEN["reason"])
    assert TEXTS_OF_NOTE.summary in note.values["content"]


def test_a_consent_names_both_jurisdictions_the_data_the_purpose_and_the_version(practice: Practice) -> None:
    practice.prepare()
    consent = practice.consent().consent
    assert consent is not None
    assert (consent.economies, consent.version, consent.capacity) == (("TH", "CN"), "1", "self")
    assert consent.purposes == ("visit", "record")
    assert "conversation" in consent.data
    assert consent.digest == hashlib.sha256("\n".join(TEXTS["1"].sentences).encode()).hexdigest()
    for name in ("{patient_economy}", "{provider_economy}", "{provider}", "{retained}"):
        assert any(name in each for each in CURRENT.sentences)


def test_an_older_text_is_not_agreed_to(practice: Practice) -> None:
    practice.prepare()
    with pytest.raises(TradeError, match="has changed"):
        practice.consent(version="0")


def test_without_an_intake_nobody_consents(practice: Practice) -> None:
    with pytest.raises(NotFound):
        practice.consent()


def test_a_consent_does_not_hold_for_what_is_given_afterwards(practice: Practice) -> None:
    practice.prepare()
    practice.consent()
    assert practice.prepare(name="Malee Jaidee").consent is None


def test_a_minor_needs_a_guardian(practice: Practice) -> None:
    # 19 on the day of the visit: a minor in Thailand, where the age is 20, and not in China.
    with pytest.raises(TradeError, match="guardian"):
        practice.prepare(born="2006-05-17")
    practice.prepare(born="2006-05-17", guardian="Malee Jaidee", relation="mother")
    consent = practice.consent(by=MOTHER).consent
    assert consent is not None
    assert (consent.by, consent.capacity) == (MOTHER, "guardian")


def test_a_patient_who_is_of_age_on_the_day_of_the_visit_needs_none(practice: Practice) -> None:
    practice.prepare(born="2006-03-10")
    assert practice.consent().consent is not None


def test_withdrawn_before_the_visit_everything_is_erased(practice: Practice) -> None:
    record = practice.prepare()
    practice.consent()
    assert practice.withdraw().consent is None
    practice.books.run(lambda tx: commands.discard(tx, VISIT.delivery))
    assert practice.stored(f"{record.id}:intake") == []
    assert practice.books.read(record.id).patient == ""


def test_withdrawn_after_the_visit_the_record_is_kept_as_long_as_the_longer_rule_asks(practice: Practice) -> None:
    practice.prepare()
    practice.consent()
    practice.withdraw()
    record = practice.sign()
    # China: 15 years; Thailand: 5. Counted from 2026-03-10.
    assert (record.kept_until, record.kept_by) == ("2041-03-10", "medical_records/CN/2014-01-01")
    assert practice.books.run(lambda tx: commands.erase(tx, record.id)) == dt.date(2041, 3, 10)
    assert len(practice.stored(record.id)) == 2
    assert practice.books.erase_expired(dt.date(2041, 3, 9)) == 0
    assert practice.books.erase_expired(dt.date(2041, 3, 10)) == 2
    with pytest.raises(TradeError, match="erased"):
        practice.books.run(lambda tx: commands.patient_data(tx, practice.books.read(record.id)))


def test_what_belongs_to_no_visit_is_erased_on_request_at_once(practice: Practice) -> None:
    record = practice.prepare()
    assert practice.books.run(lambda tx: commands.erase(tx, record.id)) is None
    assert practice.stored(f"{record.id}:intake") == []


def test_only_the_practitioner_signs_and_only_what_took_place(practice: Practice) -> None:
    practice.prepare()
    practice.consent()
    with pytest.raises(TradeError, match="Only the practitioner"):
        practice.sign(signer="us_other")
    with pytest.raises(NotAllowed, match="has not taken place"):
        practice.sign(None)
    with pytest.raises(NotAllowed, match="not ended"):
        practice.sign(Encounter("in-progress", MET.start, "", 60))


def test_a_new_note_replaces_the_last_and_both_are_kept(practice: Practice) -> None:
    practice.prepare()
    practice.consent()
    practice.sign()
    record = practice.sign()
    assert [(each.number, each.replaces) for each in record.notes] == [(1, 0), (2, 1)]
    content, _ = practice.books.run(lambda tx: commands.note_content(tx, record, 1))
    assert hashlib.sha256(canonical(content)).hexdigest() == record.notes[0].hash
    assert (content.start, content.end, content.seconds) == (MET.start, MET.end, 900)


def test_a_note_shows_times_in_both_zones_and_who_signed(practice: Practice) -> None:
    practice.prepare()
    practice.consent()
    record = practice.sign()
    content: NoteContent = practice.books.run(lambda tx: commands.note_content(tx, record, 1))[0]
    words = Words(
        str,
        lambda time, zone: f"{time[11:16]}@{zone}",
        lambda start, end, zone: f"{start[11:16]}-{end[11:16]}@{zone}",
        str,
        "en",
    )
    sheet = note_sheet(content, words)
    shown = {each.key: each.value for each in (*sheet.boxes, *sheet.signatures)}
    assert shown["period"].splitlines() == [
        "08:02-08:17@Asia/Shanghai",
        "08:02-08:17@Asia/Bangkok",
    ]
    assert shown["signer"] == f"Dr. Li Na\n{DOCTOR}"
    assert shown["minutes"] == "15"


def test_a_patient_has_one_id_at_a_provider_and_another_at_the_next(practice: Practice) -> None:
    first = practice.prepare().patient
    assert practice.prepare(reason="Again").patient == first
    assert practice.prepare(name="  somchai   JAIDEE ").patient == first
    elsewhere = VISIT._replace(delivery="dl_2", seller="og_9")
    given = read_intake(GIVEN, practice.clock().date())
    assert practice.books.run(lambda tx: commands.prepare(tx, elsewhere, given, "", PERIODS)).patient != first


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"name": ""}, "field_missing"),
        ({"born": "17.05.1980"}, "day_invalid"),
        ({"born": "2027-01-01"}, "day_invalid"),
        ({"sex": "m"}, "field_invalid"),
        ({"zone": "../etc"}, "zone_unknown"),
        ({"reason": "x" * 2001}, "field_too_long"),
        ({"guardian": "Malee"}, "field_missing"),
        ({"guardian": "Malee", "relation": "neighbour"}, "field_invalid"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(practice: Practice, changes: dict[str, str], code: str) -> None:
    with pytest.raises(TradeError) as caught:
        practice.prepare(**changes)
    assert caught.value.code == code
    assert not any(value and len(value) > 2 and value in str(caught.value) for value in changes.values())


def test_a_note_needs_its_summary() -> None:
    with pytest.raises(TradeError):
        read_texts({"plan": "rest"})
    assert read_texts({"summary": " a\r\nb "}).summary == "a\nb"


def test_a_calendar_has_one_practitioner_and_others_are_not_found(practice: Practice) -> None:
    other = Registration(PROFILE, "us_other", "CN", "as_1")
    with pytest.raises(TradeError, match="another practitioner"):
        practice.books.run(lambda tx: practitioners.register(tx, other, seller=SELLER))
    with pytest.raises(NotFound):
        practice.books.run(lambda tx: practitioners.end(tx, practice.doctor.id, seller="og_9"))
    practice.books.run(lambda tx: practitioners.end(tx, practice.doctor.id, seller=SELLER))
    assert practice.books.run(lambda tx: practitioners.of_calendar(tx, SELLER, "as_1")) is None


def test_an_adult_in_japan_is_20_until_march_2022_and_18_from_april(practice: Practice) -> None:
    # Civil Code of Japan, article 4, as amended by Act 59 of 2018, in force on 2022-04-01.
    born = dt.date(2003, 3, 1)
    assert [rules.is_minor(born, "JP", dt.date(2022, month, 31 if month == 3 else 1), PERIODS) for month in (3, 4)] == [
        True, False,
    ]  # fmt: skip


def test_a_record_of_before_is_kept_the_longest(practice: Practice) -> None:
    assert max(each.years for each in PERIODS.rows if each.kind == rules.RECORDS) == LONGEST
    assert not {each.trust for each in PERIODS.rows} - {"unchecked"}
    assert all(each.source for each in PERIODS.rows)
