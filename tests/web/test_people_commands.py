"""The commands of people and organizations, and what they export and erase, also of trade."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from people_browser import PASSWORD, signed_in
from server_process import Server, environment
from test_people_rows import entrepot

from files_on_disk import read_files


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an administrator and an organization."""
    folder = tmp_path_factory.mktemp("commands")
    command = [sys.executable, "-m", "entrepot", "admin", "keeper"]
    subprocess.run(command, env=environment(folder), input=PASSWORD + "\n", text=True, capture_output=True, check=True)
    return folder


@pytest.mark.long
def test_organizations_are_created_and_listed(data: Path) -> None:
    words = ("--country", "VN", "--kind", "seller", "--language", "vi", "--customs-number", "CN 4403160abc")
    made = entrepot(data, "organizations", "create", "Cà phê", *words, "--owner", "keeper")
    assert made["id"].startswith("og_")
    assert made["customs_numbers"] == [{"country": "CN", "number": "4403160ABC"}]
    listed = entrepot(data, "organizations", "list")["data"]
    assert [(each["name"], each["kind"]) for each in listed] == [
        ("Platform operator", "operator"),
        ("Cà phê", "seller"),
    ]
    (person,) = entrepot(data, "people", "list")["data"]
    assert (person["sign_in_name"], [each["role"] for each in person["organizations"]]) == ("keeper", ["owner"] * 2)
    key = entrepot(data, "keys", "create", "Shop", "--scope", "trade", "--organization", made["id"])
    assert key["organization"] == made["id"]


@pytest.mark.parametrize(
    ("words", "param"),
    [
        ((), "--country"),
        (("--country", "VN", "--kind", "operator"), "--kind"),
        (("--country", "VN", "--customs-number", "CN"), "--customs-number"),
    ],
)
def test_what_is_not_an_organization_is_refused(data: Path, words: tuple[str, ...], param: str) -> None:
    assert entrepot(data, "organizations", "create", "x", *words, code=2)["error"]["param"] == param


def test_a_state_is_not_the_country_of_an_organization(data: Path) -> None:
    error = entrepot(data, "organizations", "create", "x", "--country", "WA", code=3)["error"]
    assert error["message"].endswith("Give its country: --country AU or --country US.")


@pytest.mark.long
def test_a_person_who_does_not_exist_is_not_found(data: Path) -> None:
    assert entrepot(data, "people", "export", "nobody", code=5)["error"]["code"] == "no_person"
    assert entrepot(data, "people", "erase", "nobody", "--yes", code=5)["error"]["code"] == "no_person"
    assert entrepot(data, "people", "erase", "keeper", code=2)["error"]["code"] == "not_erased"


STORE = """
import datetime as dt
from entrepot.store.people import members, organizations
from entrepot.trade_app.books import open_books
person = %r
shop = organizations.create_organization("Eraser & daughter", "VN", "buyer")
members.add_member(shop.id, person, "owner")
def put(tx):
    tx.put_personal(person, "order", {"name": "SECRETNAME-1"}, retain_until=dt.date(2020, 1, 1))
    tx.put_personal(shop.id, "order", {"name": "SECRETNAME-2"}, retain_until=dt.date(2099, 1, 1))
open_books().run(put)
"""


@pytest.mark.long
def test_the_data_of_trade_is_exported_and_erased_when_the_law_allows_it(server: Server) -> None:
    person = signed_in(server, {"tradeperson": ("", "", "")})["tradeperson"].person
    server.ask(STORE % person)
    found = entrepot(server.data, "people", "export", "tradeperson@people.example")
    assert [each["values"]["name"] for each in found["trade"]] == ["SECRETNAME-1", "SECRETNAME-2"]
    done = entrepot(server.data, "people", "erase", person, "--yes")
    assert [(each["purpose"], each["until"]) for each in done["kept"]] == [("order", dt.date(2099, 1, 1).isoformat())]
    assert entrepot(server.data, "people", "export", person, code=5)["error"]["code"] == "no_person"
    for file, content in read_files(server.data, "desk.sqlite3*"):
        assert b"tradeperson" not in content, file.name


@pytest.mark.long
def test_the_second_factor_of_an_administrator_is_reset(data: Path) -> None:
    code = (
        "import django; django.setup()\n"
        "from entrepot.store.people import persons, second_factor\n"
        "person = persons.find_person('keeper')\n"
    )
    run = [sys.executable, "-c"]
    on = code + "second_factor.start(person.id, b'x'); second_factor.confirm(person.id)"
    subprocess.run([*run, on], env=environment(data), check=True)
    command = [sys.executable, "-m", "entrepot", "admin", "keeper", "--reset-two-factor"]
    done = subprocess.run(
        command, env=environment(data, ENTREPOT_LANG="en"), capture_output=True, text=True, check=True
    )
    assert done.stdout == "keeper has no second factor any more.\n"
    shown = code + "print(person.totp_confirmed, second_factor.remaining_codes(person.id))"
    left = subprocess.run([*run, shown], env=environment(data), capture_output=True, text=True, check=True)
    assert left.stdout == "None 0\n"
