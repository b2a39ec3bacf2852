"""The FHIR endpoint on a server: an independent client reads it, and nobody reads what belongs to others."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
from practice import INTAKE, NOTE
from practice_server import Practice, open_practice
from server_process import Server

from files_on_disk import read_files

pytest.importorskip("fhir.resources", reason="fhir.resources is not installed: pip install 'entrepot[services]'")

from entrepot.connect.documents import jose, pdf

BASE = "/fhir/R4B"


@pytest.fixture(scope="module")
def practice(trade_server: Server) -> Practice:
    return open_practice(trade_server)


def number(practice: Practice, name: str) -> str:
    return practice.visits[name].replace("_", "-")


def client(practice: Practice, party: str) -> Any:
    """The client of another project, with the key of a party."""
    found = pytest.importorskip("fhirclient.client", reason="fhirclient is not installed")
    smart = found.FHIRClient(settings={"app_id": "a test", "api_base": practice.seller.server.url + BASE})
    smart.server.session.headers.update(getattr(practice, party).key)
    return smart


def test_fhirclient_reads_a_visit_that_took_place(practice: Practice) -> None:
    from fhirclient.models import appointment, consent, documentreference, encounter, patient, practitioner

    server, visit = client(practice, "seller").server, number(practice, "signed")
    assert server.capabilityStatement.fhirVersion == "4.3.0"
    read = appointment.Appointment.read(visit, server)
    assert (read.status, read.reasonCode[0].text) == ("fulfilled", INTAKE["reason"])
    assert [each.actor.reference.partition("/")[0] for each in read.participant] == ["Patient", "Practitioner"]
    met = encounter.Encounter.read(visit, server)
    assert (met.status, met.class_fhir.code) == ("finished", "VR")
    moments = [each.date.isoformat() for each in (met.period.start, met.period.end)]
    assert moments == ["2026-03-02T08:02:00+00:00", "2026-03-02T08:17:00+00:00"]
    who = patient.Patient.read(practice.patient, server)
    assert (who.name[0].text, who.birthDate.isostring) == (INTAKE["name"], INTAKE["born"])
    doctor = practitioner.Practitioner.read(practice.doctor.replace("_", "-"), server)
    assert doctor.qualification[0].issuer.display == "National Health Commission (CN)"
    consents = consent.Consent.where({"patient": practice.patient}).perform_resources_iter(server)
    said = {(each.status, each.policy[0].authority) for each in consents}
    assert said == {("active", "urn:iso:std:iso:3166:TH")}
    (note,) = documentreference.DocumentReference.where({"patient": practice.patient}).perform_resources_iter(server)
    assert (note.status, note.content[0].attachment.contentType) == ("current", "application/pdf")


def test_fhirclient_follows_the_pages_of_a_search(practice: Practice) -> None:
    from fhirclient.models import appointment

    server = client(practice, "seller").server
    search = appointment.Appointment.where({"date": "ge2026-03-01", "_count": "7"})
    found = list(search.perform_resources_iter(server))
    # Six visits with a name, one of them at the time of this test, and 25 more.
    assert len(found) == 31
    assert len({each.id for each in found}) == 31
    starts = [each.start.isostring for each in found]
    assert starts == sorted(starts)


def entries(party: Any, query: str) -> list[dict[str, Any]]:
    answer = party.get(f"{BASE}/{query}")
    assert answer.status_code == 200, answer.text
    page = answer.json()
    assert page["type"] == "searchset"
    found = [each["resource"] for each in page.get("entry", [])]
    assert "total" not in page or page["total"] >= len(found)
    return found


def test_a_search_by_time_status_and_person(practice: Practice) -> None:
    seller, visit = practice.seller, number(practice, "signed")
    assert [each["id"] for each in entries(seller, "Appointment?date=2026-03-02")] == [visit]
    assert [each["id"] for each in entries(seller, "Appointment?status=fulfilled")] == [visit]
    assert entries(seller, "Appointment?date=lt2026-03-02") == []
    by_doctor = entries(seller, f"Appointment?actor=Practitioner/{practice.doctor.replace('_', '-')}&_count=100")
    assert len(by_doctor) == 31  # the calendar is that of the practitioner, also before the patient gives anything
    of_patient = entries(seller, f"Appointment?patient=Patient/{practice.patient}")
    assert {each["id"] for each in of_patient} >= {visit, number(practice, "met")}
    assert [each["id"] for each in entries(seller, f"Encounter?patient={practice.patient}&date=2026-03-02")] == [visit]
    assert entries(seller, "Encounter?status=in-progress") == []
    newest = entries(seller, "Appointment?_sort=-date&_count=2")
    assert newest[0]["start"] > newest[1]["start"]


def test_pages_do_not_overlap_and_the_last_has_no_next(practice: Practice) -> None:
    seen: list[str] = []
    path = f"{BASE}/Appointment?_count=10&_sort=-date"
    while path:
        page = practice.seller.get(path).json()
        assert page["total"] == 31
        seen += [each["resource"]["id"] for each in page["entry"]]
        links = {each["relation"]: each["url"] for each in page["link"]}
        path = links.get("next", "").removeprefix(practice.seller.server.url)
    assert len(seen) == len(set(seen)) == 31


@pytest.mark.parametrize("kind", ["Appointment", "Encounter"])
def test_what_belongs_to_others_is_not_found(practice: Practice, kind: str) -> None:
    path = f"{BASE}/{kind}/{number(practice, 'signed')}"
    assert practice.buyer.get(path).status_code == 200
    answer = practice.other.get(path)
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (404, "not-found")
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_a_patient_does_not_find_the_visits_of_another(practice: Practice) -> None:
    own = {each["id"] for each in entries(practice.other, "Appointment?_count=100")}
    assert own == {number(practice, "other_patient")}
    assert practice.other.get(f"{BASE}/Patient/{practice.patient}").status_code == 404
    for query in ("Patient", "Consent", "DocumentReference"):
        assert practice.patient not in practice.other.get(f"{BASE}/{query}").text


def test_without_a_key_only_the_capabilities_are_read(practice: Practice) -> None:
    server = practice.seller.server
    assert server.get(f"{BASE}/metadata").json()["fhirVersion"] == "4.3.0"
    answer = server.get(f"{BASE}/Appointment")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (401, "login")
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/fhir+json; fhirVersion=4.3"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("Appointment?status=boked", 400, "code-invalid"),
        ("Appointment?name=Somchai", 400, "not-supported"),
        ("Appointment?date=soon", 400, "invalid"),
        (f"Appointment?{'status=booked&' * 40}", 400, "too-costly"),
        ("Observation", 404, "not-found"),
        ("Observation/1", 404, "not-found"),
        ("Appointment/nobody", 404, "not-found"),
        ("Binary/nobody.pdf", 404, "not-found"),
    ],
)
def test_errors_are_outcomes(practice: Practice, path: str, status: int, code: str) -> None:
    answer = practice.seller.get(f"{BASE}/{path}")
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (status, code)
    assert "Somchai" not in answer.text


def test_nothing_is_written_here(practice: Practice) -> None:
    answer = practice.seller.post(f"{BASE}/Appointment", {"resourceType": "Appointment"})
    assert (answer.status_code, answer.json()["issue"][0]["code"]) == (405, "not-supported")


def test_the_files_of_a_note(practice: Practice) -> None:
    (note,) = entries(practice.buyer, f"DocumentReference?patient={practice.patient}")
    urls = {each["attachment"]["contentType"]: each["attachment"]["url"] for each in note["content"]}
    path = urls["application/jose"].removeprefix(practice.buyer.server.url)
    wrapped = practice.buyer.get(path).json()
    assert (wrapped["resourceType"], wrapped["contentType"]) == ("Binary", "application/jose")
    raw = practice.buyer.server.get(path, headers={**practice.buyer.key, "Accept": "application/jose"})
    token = jose.read(raw.text)
    assert token.claims["credentialSubject"]["signer"] == practice.people["seller"]
    for planted in (*INTAKE.values(), *NOTE.values()):
        assert planted not in str(token.claims)
    assert practice.other.get(path).status_code == 404
    if pdf.available():
        path = urls["application/pdf"].removeprefix(practice.buyer.server.url)
        printed = practice.buyer.server.get(path, headers={**practice.buyer.key, "Accept": "application/pdf"})
        assert printed.content.startswith(b"%PDF")


def test_what_concerns_health_is_in_no_event_no_row_no_log_and_no_address(practice: Practice) -> None:
    server = practice.seller.server
    for query in ("Appointment?_count=100", f"Patient/{practice.patient}", "Consent", "DocumentReference", "Encounter"):
        assert practice.seller.get(f"{BASE}/{query}").status_code == 200
    planted = [INTAKE["name"], INTAKE["reason"], INTAKE["place"], INTAKE["telephone"], *NOTE.values()]
    with closing(sqlite3.connect(server.data / "desk.sqlite3", timeout=30)) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        written = b"".join(
            repr(row).encode() for table in tables for row in database.execute(f'SELECT * FROM "{table}"')
        )
    texts = [written, server.log().encode()]
    texts += [content for _file, content in read_files(server.data, "desk.sqlite3*")]
    for text in texts:
        assert not [each for each in planted if each.encode() in text]
