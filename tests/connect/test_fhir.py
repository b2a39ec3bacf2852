"""Resources of FHIR R4B: types by `fhir.resources`, codes by our own table, which its lists and a reader confirm."""

from __future__ import annotations

import datetime as dt
from importlib import import_module
from typing import Any

import msgspec
import pytest

pytest.importorskip("fhir.resources", reason="fhir.resources is not installed: pip install 'entrepot[services]'")

from entrepot.connect.fhir import people, visits
from entrepot.connect.fhir.bindings import BINDINGS, WrongCodes, check_codes
from entrepot.connect.fhir.models import NotR4B, checked, model_of
from entrepot.connect.fhir.searches import PAGE, SEARCHES, SearchFault, read_date, read_search
from entrepot.connect.fhir.server import bundle, capability_statement, operation_outcome
from entrepot.trade.health.chart import APPOINTMENT, Chart, Doctor
from entrepot.trade.health.encounters import Encounter
from entrepot.trade.health.intake import SEXES, Intake
from entrepot.trade.health.practitioners import Practitioner, Profile
from entrepot.trade.health.record import Consent, Note, Record

TIME = "2026-03-10T08:00:00.000Z"
BASE = "https://node.example/fhir/R4B"
INTAKE = Intake("Somchai", "1980-05-17", "male", "+66 2", "Chiang Mai", "Asia/Bangkok", "Itching", "Malee", "mother")
CONSENT = Consent(
    number=1,
    version="1",
    digest="0" * 64,
    language="th",
    by="us_1",
    capacity="guardian",
    economies=("TH", "CN"),
    data=("identity", "reason"),
    purposes=("visit",),
    given=TIME,
    withdrawn="2026-03-10T08:10:00.000Z",
)
NOTES = tuple(
    Note(number=each, hash="1" * 64, personal="pd_1", signer="us_2", key="k", signed=TIME, replaces=each - 1)
    for each in (1, 2)
)
RECORD = Record(
    id="hr_019ca6b1dc0070018000000000000000",
    status="withdrawn",
    delivery="dl_019ca6b1dc0070018000000000000000",
    owners=("og_1", "og_2"),
    economies=("TH", "CN"),
    patient="ab" * 32,
    practitioner="pr_1",
    personal="pd_1",
    created=TIME,
    consents=(CONSENT,),
    notes=NOTES,
)
DOCTOR = Doctor(
    Practitioner(id="pr_1", status="active", seller="og_1", person="us_2", economy="CN", personal="pd_2", created=TIME),
    Profile("Dr. Li Na", "Dermatologist", "1101", "Health Commission", "Asia/Shanghai"),
    "The clinic",
)
CHART = Chart(
    delivery=RECORD.delivery,
    status="fulfilled",
    provider="The clinic",
    created=TIME,
    starts=TIME,
    until="2026-03-10T08:20:00.000Z",
    record=RECORD,
    patient=INTAKE,
    doctor=DOCTOR,
    encounter=Encounter("finished", "2026-03-10T08:02:00.000Z", "2026-03-10T08:17:00.000Z", 900),
)


def resources(chart: Chart = CHART) -> list[dict[str, Any]]:
    """All resources of a visit."""
    found = [visits.appointment(chart), visits.encounter(chart), people.practitioner(DOCTOR)]
    found += [people.practitioner_role(DOCTOR)]
    if chart.record is not None:
        found += [visits.consent(chart, each) for each in chart.record.consents]
        found += [visits.document_reference(chart, each, BASE) for each in chart.record.notes]
    if chart.patient is not None:
        found.append(people.patient(chart, chart.patient))
    return [each for each in found if each is not None]


def bare() -> Chart:
    """A visit of which nothing is known but that it was bought."""
    return CHART._replace(record=None, patient=None, doctor=None, encounter=None, starts="", until="", status="pending")


@pytest.mark.parametrize("chart", [CHART, bare(), CHART._replace(patient=None, doctor=None)])
def test_every_resource_is_one_of_r4b(chart: Chart) -> None:
    for each in [*resources(chart), visits.binary("a", "application/pdf", b"%PDF")]:
        assert checked(each) is each
    page = bundle(BASE, resources(chart), 7, {"self": BASE, "next": f"{BASE}?_page=x"}, TIME)
    model_of("Bundle").model_validate(page)
    checked(capability_statement(BASE, "1"))
    checked(operation_outcome("not-found", "No."))


@pytest.mark.parametrize("status", sorted(set(APPOINTMENT.values())))
def test_every_state_of_a_delivery_is_a_status_of_an_appointment(status: str) -> None:
    checked(visits.appointment(CHART._replace(status=status)))


def test_a_fhir_client_reads_them() -> None:
    pytest.importorskip("fhirclient", reason="fhirclient is not installed")
    for each in resources():
        module = import_module(f"fhirclient.models.{each['resourceType'].lower()}")
        kind = getattr(module, each["resourceType"])
        assert kind(msgspec.json.decode(msgspec.json.encode(each))).as_json()["id"] == each["id"]


def test_the_library_accepts_a_code_that_our_table_refuses() -> None:
    wrong = {**visits.appointment(CHART), "status": "nope"}
    model = model_of("Appointment").model_validate(wrong)
    with pytest.raises(WrongCodes, match=r"Appointment\.status: 'nope' is not in .*appointmentstatus\|4\.3\.0"):
        check_codes(model)
    with pytest.raises(NotR4B, match=r"^Appointment\.status$"):
        checked(wrong)


def test_a_code_that_is_nested_is_found() -> None:
    wrong = visits.appointment(CHART)
    wrong["participant"][1]["status"] = "maybe"
    with pytest.raises(NotR4B, match=r"^Appointment\.participant\.status$"):
        checked(wrong)


def test_what_is_refused_is_named_by_its_element_and_not_by_its_value() -> None:
    with pytest.raises(NotR4B) as caught:
        checked({**people.patient(CHART, INTAKE), "birthDate": "a secret illness"})
    assert "birthDate" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_the_table_has_the_codes_that_the_library_lists() -> None:
    """The library lists codes as documentation. Those that end in "+" are cut there; three elements name classes."""
    compared = 0
    for element, binding in BINDINGS.items():
        kind, _, field = element.partition(".")
        model = _model(kind)
        known = model.model_fields.get(field) or model.model_fields[f"{field}_fhir"]
        listed = (known.json_schema_extra or {}).get("enum_values")
        if not listed or element == "CapabilityStatement.format":
            continue
        compared += 1
        if listed[-1] == "+":
            assert set(listed[:-1]) <= binding.codes
        else:
            assert set(listed) == binding.codes, element
    assert compared >= 30


def _model(kind: str) -> Any:
    for module in (
        "appointment", "patient", "practitioner", "practitionerrole", "encounter", "consent", "documentreference",
        "capabilitystatement", "operationoutcome", "bundle", "binary", "attachment", "humanname", "contactpoint",
        "address", "identifier", "narrative",
    ):  # fmt: skip
        found = getattr(import_module(f"fhir.resources.R4B.{module}"), kind, None)
        if found is not None:
            return found
    raise AssertionError(kind)


def test_the_sexes_of_the_form_are_codes_of_fhir() -> None:
    assert set(SEXES) == BINDINGS["Patient.gender"].codes


def test_a_consent_names_both_jurisdictions_and_ends_where_it_was_withdrawn() -> None:
    found = visits.consent(CHART, CONSENT)
    assert [each["authority"] for each in found["policy"]] == ["urn:iso:std:iso:3166:TH", "urn:iso:std:iso:3166:CN"]
    assert (found["status"], found["provision"]["period"]["end"]) == ("inactive", CONSENT.withdrawn)


def test_the_encounter_is_virtual_and_its_period_is_that_of_the_connection() -> None:
    found = visits.encounter(CHART)
    assert found is not None
    assert found["class"]["code"] == "VR"
    assert found["period"] == {"start": "2026-03-10T08:02:00.000Z", "end": "2026-03-10T08:17:00.000Z"}
    assert found["length"]["value"] == 15


def test_of_two_notes_the_first_is_superseded() -> None:
    first, second = (visits.document_reference(CHART, each, BASE) for each in NOTES)
    assert (first["status"], second["status"]) == ("superseded", "current")
    assert second["relatesTo"][0]["target"]["reference"] == f"DocumentReference/{first['id']}"
    urls = [each["attachment"]["url"] for each in second["content"]]
    assert urls == [f"{BASE}/Binary/{second['id']}.{form}" for form in ("pdf", "jose")]


@pytest.mark.parametrize(
    ("text", "first", "after"),
    [
        ("2026", "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ("ge2026-12", "2026-12-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"),
        ("lt2026-02-28", "2026-02-28T00:00:00.000Z", "2026-03-01T00:00:00.000Z"),
        ("2026-03-10T08:00+07:00", "2026-03-10T01:00:00.000Z", "2026-03-10T01:01:00.000Z"),
        ("eb2026-03-10T08:00:30Z", "2026-03-10T08:00:30.000Z", "2026-03-10T08:00:31.000Z"),
    ],
)
def test_a_date_covers_what_its_precision_says(text: str, first: str, after: str) -> None:
    found = read_date(text)
    assert (found.first, found.after) == (first, after)
    assert dt.datetime.fromisoformat(found.first) < dt.datetime.fromisoformat(found.after)


@pytest.mark.parametrize("text", ["", "today", "ap2026", "2026-13", "2026-02-30", "2026-03-10T08:00", "9999"])
def test_what_is_not_a_date_is_refused(text: str) -> None:
    with pytest.raises(SearchFault, match="not a date"):
        read_date(text)


def test_parameters_are_read() -> None:
    given = [
        ("date", "ge2026-03-01"),
        ("date", "lt2026-04-01"),
        ("status", "booked,arrived"),
        ("actor", "Practitioner/pr-1"),
        ("patient", f"{BASE}/Patient/pt-1"),
        ("_count", "500"),
        ("_sort", "-date"),
    ]
    found = read_search("Appointment", given)
    assert found.where == {"status": ("booked", "arrived"), "practitioner": ("pr-1",), "patient": ("pt-1",)}
    assert ([each.prefix for each in found.dates], found.limit, found.newest_first) == (["ge", "lt"], 100, True)
    assert read_search("Appointment", []).limit == PAGE


def test_a_parameter_that_is_given_twice_restricts_twice() -> None:
    given = [("status", "booked,arrived"), ("status", "arrived,fulfilled")]
    assert read_search("Appointment", given).where == {"status": ("arrived",)}
    nothing = [("patient", "pt-1"), ("patient", "pt-2")]
    assert read_search("Appointment", nothing).where == {"patient": ("",)}


@pytest.mark.parametrize(
    ("given", "code", "says"),
    [
        (("status", "boked"), "code-invalid", "Did you mean booked"),
        (("statsu", "booked"), "not-supported", "Did you mean status"),
        (("name", "Somchai"), "not-supported", "no parameter"),
        (("actor", "pr-1"), "invalid", "type of the actor"),
        (("patient", "Patient/a b"), "invalid", "not a reference"),
        (("status", ""), "invalid", "1 to 10 values"),
        (("_count", "many"), "invalid", "whole number"),
        (("_sort", "patient"), "not-supported", "_sort"),
        (("_format", "xml"), "not-supported", "JSON"),
        (("_page", "'; DROP"), "invalid", "damaged"),
    ],
)
def test_what_cannot_be_searched_for_is_said(given: tuple[str, str], code: str, says: str) -> None:
    with pytest.raises(SearchFault, match=says) as caught:
        read_search("Appointment", [given])
    assert caught.value.code == code
    assert caught.value.code in BINDINGS["OperationOutcomeIssue.code"].codes


def test_where_a_client_asks_for_it_unknown_parameters_are_left_out() -> None:
    assert read_search("Appointment", [("name", "x"), ("status", "booked")], lenient=True).where == {
        "status": ("booked",)
    }


def test_no_search_takes_a_name_or_anything_on_health_into_an_address() -> None:
    allowed = {
        "_id", "actor", "appointment", "date", "participant", "patient", "practitioner", "status",
    }  # fmt: skip
    assert {name for each in SEARCHES.values() for name in each} == allowed
