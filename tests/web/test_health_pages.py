"""The pages of a video visit: intake, consent, withdrawal and note, for patient and provider, and nobody else."""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from chromium import assert_no_barriers, assert_small, browser, shot
from practice import INTAKE, NOTE
from practice_server import Practice, open_practice
from server_process import Server
from test_trade_pages import Visitor

from entrepot.connect.documents import pdf, pdf_files

SHOWN = INTAKE["reason"]


@pytest.fixture(scope="module")
def practice(trade_server: Server) -> Practice:
    return open_practice(trade_server)


@pytest.fixture
def visitors(trade_server: Server, practice: Practice) -> Iterator[dict[str, Visitor]]:
    found = {name: Visitor(trade_server, session) for name, session in practice.sessions.items()}
    yield found
    for each in found.values():
        each.client.close()


def page(practice: Practice, name: str, language: str = "en") -> str:
    return f"/{language}/services/{practice.visits[name]}/visit/"


def test_a_patient_gives_consents_and_withdraws(visitors: dict[str, Visitor], practice: Practice) -> None:
    patient, path = visitors["buyer"], page(practice, "bare")
    empty = patient.get(path).text
    assert "call the local emergency number" in empty
    assert "First say what the provider needs to know." in empty
    assert "(Asia/Bangkok, UTC+07:00)" in empty
    assert "(Asia/Shanghai, UTC+08:00)" in empty
    assert "CLINIC-77" in empty
    refused = patient.post(path, {**INTAKE, "action": "prepare", "born": "2015-01-01"})
    assert refused.status_code == 422
    assert "is a minor in TH" in refused.text
    assert SHOWN in refused.text  # what was typed stands in the form again
    given = patient.post(path, {**INTAKE, "action": "prepare", "guardian": "", "relation": ""})
    assert given.status_code == 200
    assert "The patient is in Thailand, and The seller practises in China." in given.text
    assert patient.post(path, {"action": "consent", "version": "1"}).status_code == 422
    agreed = patient.post(path, {"action": "consent", "version": "1", "agreed": "yes"})
    assert "The patient consented on" in agreed.text
    assert "Go to the waiting room" in agreed.text
    provider = visitors["seller"].get(path).text
    assert SHOWN in provider
    assert "The patient consented on" in provider
    withdrawn = patient.post(path, {"action": "withdraw"})
    assert "The consent is not in force since" in withdrawn.text
    assert "Go to the waiting room" not in withdrawn.text
    assert SHOWN not in withdrawn.text
    assert SHOWN not in visitors["seller"].get(path).text


def test_a_guardian_consents_for_a_minor(visitors: dict[str, Visitor], practice: Practice) -> None:
    other, path = visitors["other"], page(practice, "other_patient")
    form = {**INTAKE, "action": "prepare", "born": "2015-01-01", "guardian": "Malee", "relation": "mother"}
    assert other.post(path, form).status_code == 200
    agreed = other.post(path, {"action": "consent", "version": "1", "agreed": "yes"})
    assert "A parent or guardian consented on" in agreed.text


def test_the_visit_of_others_is_not_found(visitors: dict[str, Visitor], practice: Practice) -> None:
    number = practice.visits["signed"]
    for path in (
        page(practice, "signed"),
        f"/en/services/{number}/visit/note/1/",
        f"/en/services/{number}/visit/note/1/file/pdf/",
    ):
        assert visitors["other"].get(path).status_code == 404, path
        assert visitors["buyer"].get(path).status_code in (200, 503), path
    answer = visitors["other"].post(
        page(practice, "signed"), {"action": "withdraw"}, at=page(practice, "other_patient")
    )
    assert answer.status_code == 404
    assert visitors["buyer"].get(page(practice, "other_patient")).status_code == 404
    assert visitors["buyer"].get("/en/services/practitioners/").status_code == 404


def test_a_provider_neither_gives_nor_consents(visitors: dict[str, Visitor], practice: Practice) -> None:
    path = page(practice, "erased")
    provider = visitors["seller"]
    at = "/en/services/practitioners/"
    for form in ({**INTAKE, "action": "prepare"}, {"action": "consent", "version": "1", "agreed": "yes"}):
        assert provider.post(path, form, at=at).status_code == 404
    assert visitors["buyer"].post(path, {**NOTE, "action": "sign"}).status_code == 404


def test_a_practitioner_signs_a_note_and_replaces_it(visitors: dict[str, Visitor], practice: Practice) -> None:
    provider, path, number = visitors["seller"], page(practice, "met"), practice.visits["met"]
    assert "Sign the note" in provider.get(path).text
    assert "Sign the note" not in visitors["buyer"].get(path).text
    assert provider.post(path, {"action": "sign", "summary": ""}).status_code == 422
    signed = provider.post(path, {**NOTE, "action": "sign"})
    assert signed.status_code == 200
    assert "by the rule of China" in signed.text
    again = provider.post(path, {**NOTE, "summary": "A second look", "action": "sign"})
    assert f"/en/services/{number}/visit/note/2/" in again.text
    shown = visitors["buyer"].get(f"/en/services/{number}/visit/note/2/").text
    assert "A second look" in shown
    assert "This note replaces number 1." in shown
    token = visitors["buyer"].get(f"/en/services/{number}/visit/note/2/file/jose/")
    assert token.text.count(".") == 2
    data = visitors["buyer"].get(f"/en/services/{number}/visit/note/2/file/json/").json()
    assert data["signer"] == practice.people["seller"]
    assert visitors["buyer"].get(f"/en/services/{number}/visit/note/3/").status_code == 404
    if pdf.available():
        printed = visitors["buyer"].get(f"/en/services/{number}/visit/note/2/file/pdf/")
        assert token.content in list(pdf_files.files_in(printed.content))


def test_a_patient_sees_who_read_the_record(visitors: dict[str, Visitor], practice: Practice) -> None:
    number, path = practice.visits["signed"], page(practice, "signed")
    for _time in range(2):
        assert SHOWN in visitors["seller"].get(path).text
    assert visitors["seller"].get(f"/en/services/{number}/visit/note/1/file/json/").status_code == 200
    pytest.importorskip("fhir.resources", reason="fhir.resources is not installed: pip install 'entrepot[services]'")
    assert practice.seller.get(f"/fhir/R4B/Appointment/{number.replace('_', '-')}").status_code == 200
    seen = visitors["buyer"].get(path).text
    assert "Who read this record" in seen
    rows = re.findall(r'<td data-label="Who"><span>(.*?)</span></td><td data-label="How"><span>(.*?)<', seen)
    read = [(re.sub(r"<.*?>", "", who), how) for who, how in rows]
    person, others = practice.people["seller"], [each for each in read if each[0].startswith("The seller")]
    # A row for each way on a day: the page was read twice, and what a program read names no person.
    assert sorted(others) == [
        ("The seller", "by a program (FHIR)"),
        (f"The seller{person}", "as a file"),
        (f"The seller{person}", "on a page"),
    ]
    assert "Who read this record" not in visitors["seller"].get(path).text


def test_a_signed_note_is_verified_as_other_documents_are(visitors: dict[str, Visitor], practice: Practice) -> None:
    number = practice.visits["signed"]
    token = visitors["buyer"].get(f"/en/services/{number}/visit/note/1/file/jose/").content
    buyer = visitors["buyer"]
    page_of = buyer.get("/en/verify/")
    form = {"csrfmiddlewaretoken": page_of.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]}
    answer = buyer.client.post(
        "/en/verify/", data=form, files={"file": ("note.jwt", token)}, headers={"Referer": str(page_of.url)}
    )
    assert "The credential is valid." in answer.text


def test_a_practitioner_is_registered_and_ended(visitors: dict[str, Visitor], practice: Practice) -> None:
    provider, path = visitors["seller"], "/en/services/practitioners/"
    assert "Dr. Li Na" in provider.get(path).text
    form = {
        "name": "Dr. Wang Fang",
        "qualification": "Psychologist",
        "licence": "22",
        "authority": "Commission",
        "economy": "CN",
        "zone": "Asia/Shanghai",
        "person": practice.people["seller"],
        "calendar": "as_2",
        "action": "register",
    }
    taken = provider.post(path, {**form, "calendar": "as_019ca6b1dc0070018000000000000000"})
    assert taken.status_code == 422
    assert provider.post(path, {**form, "person": practice.people["other"]}).status_code == 422
    registered = provider.post(path, form)
    assert "Dr. Wang Fang" in registered.text
    number = registered.text.split("Dr. Wang Fang")[0].rsplit('id="t-', 1)[1].split('"')[0]
    assert provider.post(path, {"action": "end", "number": number}).status_code == 200
    assert provider.post(path, {"action": "end", "number": number}).status_code == 422
    assert visitors["other"].post(path, {"action": "end", "number": practice.doctor}).status_code == 404


def test_an_export_has_the_health_data_of_the_party_and_an_erasure_says_until_when_they_are_kept(
    visitors: dict[str, Visitor], practice: Practice
) -> None:
    buyer = visitors["buyer"]
    exported = buyer.get("/en/account/export/")
    assert SHOWN in exported.text
    assert NOTE["summary"] in exported.text
    assert SHOWN not in visitors["seller"].get("/en/account/export/").text
    # The patient sees it in the log of who read the record, once for the day; who got nothing of it is not there.
    buyer.get("/en/account/export/")
    log = buyer.get(page(practice, "signed")).text
    row = log.split("in an export of all data of an account")
    assert len(row) == 2
    assert practice.people["buyer"] in row[0].rsplit("<tr>", 1)[1]


def test_an_export_by_the_operator_is_in_the_log_too(
    trade_server: Server, visitors: dict[str, Visitor], practice: Practice
) -> None:
    program = f"""
from entrepot.store.people_models import Person
from entrepot.trade_app import personal_data
print(len(str(personal_data.export_person(Person.objects.get(id={practice.people["buyer"]!r}), by_operator=True))))
"""
    assert int(trade_server.ask(program)) > 1000
    assert "The operator of this node" in visitors["buyer"].get(page(practice, "signed")).text


def test_an_erasure_keeps_what_a_rule_keeps(trade_server: Server, practice: Practice) -> None:
    program = f"""
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import health
kept = open_books().run(health.erase_all({practice.buyer.id!r}))
print(sorted(str(each) for each in kept.values()))
"""
    # Two visits of March 2026 took place: China asks for fifteen years.
    assert trade_server.ask(program) == "['2041-03-02', '2041-03-06']"
    records = {each: practice.buyer.get(f"/fhir/R4B/Patient/{each}") for each in (practice.patient,)}
    assert [each.status_code for each in records.values()] == [200]
    with closing(sqlite3.connect(trade_server.data / "desk.sqlite3", timeout=30)) as database:
        query = "SELECT retain_until, erase, erased FROM store_personalrecord WHERE purpose = 'health'"
        rows = database.execute(query).fetchall()
    today = dt.datetime.now(dt.UTC).date().isoformat()
    assert all(erase or erased for until, erase, erased in rows if until > today)


@pytest.mark.parametrize(
    "language", ["en", *(pytest.param(each, marks=pytest.mark.long) for each in ("zh", "vi", "th", "km"))]
)
def test_the_pages_pass_axe_and_fit_a_telephone(trade_server: Server, practice: Practice, language: str) -> None:
    number = practice.visits["signed"]
    paths = {
        "buyer": [page(practice, "ready", language), f"/{language}/services/{number}/visit/note/1/"],
        "seller": [page(practice, "signed", language), f"/{language}/services/practitioners/"],
    }
    with browser() as chrome:
        for who, listed in paths.items():
            context: Any = chrome.new_context(viewport={"width": 360, "height": 740})  # type: ignore[attr-defined]  # Playwright's browser
            context.add_cookies([{"name": "sessionid", "value": practice.sessions[who], "url": trade_server.url}])
            tab = context.new_page()
            for path in listed:
                answer = tab.goto(trade_server.url + path)
                assert answer.status == 200, path
                assert_small(tab, path)
                assert tab.evaluate("document.documentElement.scrollWidth") <= 360, path
                assert_no_barriers(tab, path, again=language != "en")
                shot(tab, f"health-{who}-{path}")
            context.close()
