"""Organizations, members, roles, keys of organizations, who acts in a request, and the migration of administrators."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from postgres import Postgres
from server_process import Server, environment

from files_on_disk import read_files


def entrepot(folder: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command prints as JSON."""
    command = [sys.executable, "-m", "entrepot", *words, "--json"]
    done = subprocess.run(command, env=environment(folder), capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


ROWS = """
from django.contrib.auth.models import User
from django.test import RequestFactory
from entrepot.store import keys
from entrepot.store.people import members, organizations
from entrepot.web.http import actors
from entrepot.web.http.errors import Refused

shop = organizations.create_organization("A shop", "vn", "seller", "vi", [{"country": "cn", "number": "4403160abc"}])
assert (shop.country, shop.customs_numbers) == ("VN", [{"country": "CN", "number": "4403160ABC"}])
number = {"country": "CN", "number": "4403160"}
for wrong in (
    ("", "VN", "seller"), ("A\\nB", "VN", "seller"), ("A", "Vietnam", "seller"), ("A", "VN", "bank"),
    ("See https://x.example", "VN", "seller"),
    ("A", "VN", "seller", "fr"), ("A", "VN", "seller", "en", [{**number, "number": ""}]),
    ("A", "VN", "seller", "en", [number] * 21),
):
    try:
        organizations.create_organization(*wrong)
    except ValueError:
        continue
    raise AssertionError(wrong)

ann, bob = (members.person_of(User.objects.create_user(f"{name}@rows.example")) for name in ("ann", "bob"))
assert members.person_of(ann.user) == ann
members.add_member(shop.id, ann.id, "owner")
for change in (lambda: members.remove_member(shop.id, ann.id), lambda: members.change_role(shop.id, ann.id, "clerk")):
    try:
        change()
    except members.LastOwner:
        continue
    raise AssertionError("the last owner left")
members.add_member(shop.id, bob.id, "owner")
assert members.change_role(shop.id, ann.id, "clerk")
assert [(each.organization, each.role) for each in members.memberships(ann.id)] == [(shop.id, "clerk")]
assert members.remove_member(shop.id, ann.id) and not members.remove_member(shop.id, ann.id)
assert members.implied_roles("manager") == {"viewer", "clerk", "manager"}

def asked(text):
    return RequestFactory().get("/v1/orders", HTTP_AUTHORIZATION=f"Bearer {text}")

row, text = keys.create_key("of the shop", ["trade", "quotes"], organization=shop.id)
actor = actors.require_role(asked(text), "clerk")
assert actor == actors.Actor(None, shop.id, frozenset({"viewer", "clerk", "manager"}), "seller", row.id), actor
other = keys.create_key("of nobody", ["quotes"])[1]
assert actors.current_organization(asked(other)) is None
refused = []
for request, check in (
    (RequestFactory().get("/v1/orders"), lambda request: actors.require_role(request, "viewer")),
    (asked(other), lambda request: actors.require_role(request, "viewer")),
    (asked(text), lambda request: actors.require_role(request, "owner")),
    (asked(text), actors.require_operator),
):
    try:
        check(request)
    except Refused as error:
        refused.append(error.response.status_code)
assert refused == [401, 403, 403, 404], refused
wrong = ((["trade"], {}), (["trade"], {"organization": shop.id, "sandbox": True}), (["law"], {"organization": "og_x"}))
for scopes, more in wrong:
    try:
        keys.create_key("x", scopes, **more)
    except ValueError:
        continue
    raise AssertionError((scopes, more))
assert [each.id for each in keys.list_keys(shop.id)] == [row.id]
assert not keys.revoke_key(row.id, "og_another") and keys.revoke_key(row.id, shop.id)
print("held")
"""


def test_rows_keep_their_rules(server: Server) -> None:
    assert server.ask(ROWS) == "held"


UPGRADE = """
import django
django.setup()
from django.core.management import call_command
from django.utils import timezone
call_command("migrate", "store", "0003", verbosity=0)
call_command("migrate", "auth", verbosity=0)
from django.contrib.auth.models import User
from django.db import connection
User.objects.create_superuser("keeper", password="tall trees 1985")
User.objects.create_user("reader", password="tall trees 1986")
with connection.cursor() as cursor:
    cursor.execute(
        "INSERT INTO store_key (id, name, secret_hash, scopes, per_minute, created) VALUES (%s, %s, %s, %s, %s, %s)",
        ["ek_000000000000", "of an earlier release", "0" * 64, "quotes", 60, timezone.now()],
    )
call_command("migrate", verbosity=0)
from entrepot.store import keys
from entrepot.store.models import Member
print([(each.person.user.username, each.organization.kind, each.role) for each in Member.objects.all()])
print([(each.id, each.organization_id) for each in keys.list_keys()])
print(User.objects.get(username="keeper").check_password("tall trees 1985"))
"""


def test_administrators_become_operators_and_keys_stay(tmp_path: Path) -> None:
    command = [sys.executable, "-c", UPGRADE]
    done = subprocess.run(command, env=environment(tmp_path), capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "[('keeper', 'operator', 'owner')]",
        "[('ek_000000000000', None)]",
        "True",
    ]


@pytest.mark.long
def test_the_command_creates_a_key_only_for_an_organization_that_exists(tmp_path: Path) -> None:
    refused = entrepot(tmp_path, "keys", "create", "A shop", "--scope", "trade", code=2)
    assert refused["error"]["param"] == "--organization"
    refused = entrepot(tmp_path, "keys", "create", "A shop", "--scope", "law", "--organization", "og_x", code=2)
    assert "og_x" in refused["error"]["message"]


RACES = """
import threading
from django.contrib.auth.models import User
from django.db import connections
from entrepot.store.people import invitations, locks, members, organizations, persons, second_factor

def at_once(*acts):
    results, start = [], threading.Barrier(len(acts))
    def run(act):
        start.wait()
        try:
            results.append(act())
        except (members.LastOwner, locks.Locked) as error:
            results.append(type(error).__name__)
        finally:
            connections.close_all()
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return sorted(map(str, results))

shop = organizations.create_organization("A shop of two", "VN")
two = [persons.create_person(f"{name}@races.example", name, "tall trees 1985", "en") for name in ("one", "two")]
for person in two:
    members.add_member(shop.id, person.id, "owner")
print(at_once(*(lambda person=person: members.remove_member(shop.id, person.id) for person in two)))
(left,) = members.members_of(shop.id)

guest = persons.create_person("guest@races.example", "guest", "tall trees 1985", "en")
secret = invitations.invite(shop.id, "guest@races.example", "clerk", "en", left.person_id)
number = invitations.find_invitation(secret).id
print(at_once(*[lambda: invitations.accept(number, guest.id)] * 4).count("True"), len(members.members_of(shop.id)))

second_factor.start(guest.id, b"secret")
codes = second_factor.confirm(guest.id)
print(at_once(*[lambda: second_factor.use_step(guest.id, 7)] * 4).count("True"))
print(at_once(*[lambda: second_factor.use_recovery_code(guest.id, codes[0])] * 4).count("True"))
print(at_once(*[lambda: locks.count_attempt({"races": 5})] * 12).count("None"))
print(at_once(*[lambda: organizations.operator().id] * 4)[0] == organizations.operator().id)
print(sum(each is not None for each in [persons.create_person("guest@races.example", "x", "y", "en")]))
"""
ERASE = """
from django.db import connection
from entrepot.store.people import personal_data
gone = persons.create_person("erasedonpostgres@races.example", "Erasedonpostgres", "tall trees 1985", "en")
personal_data.erase_person(gone)
with connection.cursor() as cursor:
    cursor.execute("CHECKPOINT")
"""
HELD = ["['LastOwner', 'True']", "1 2", "1", "1", "5", "True", "0"]


@pytest.mark.long
def test_what_happens_at_the_same_time_happens_once(server: Server) -> None:
    assert server.ask(RACES).splitlines() == HELD


@pytest.mark.long
def test_rows_keep_their_rules_on_postgresql(database_server: Postgres, tmp_path: Path) -> None:
    head = (
        "import django; django.setup()\nfrom django.core.management import call_command\n"
        "call_command('migrate', verbosity=0)\nfrom entrepot.store import models as m\n"
    )
    env = environment(tmp_path, ENTREPOT_DATABASE=database_server.url)
    command = [sys.executable, "-c", head + ROWS + RACES + ERASE]
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["held", *HELD]
    files = dict(read_files(database_server.folder / "rows" / "base"))
    assert any(b"guest@races.example" in content for content in files.values())
    assert not [file for file, content in files.items() if b"rasedonpostgres" in content]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "this one has 0"),
        ("x" * 201, "this one has 201"),
        ("Shop\nof Ann", "invisible character"),
        ("Shop\x07", "invisible character"),
        ("Shop \u202emoc.live", "invisible character"),
        ("Shop\u2066", "invisible character"),
        ("Shop\u200b", "invisible character"),
        ("https://evil.example", "web address"),
        ("Your order: HTTP:evil.example", "web address"),
        ("www.evil.example", "web address"),
        ("Ann (WWW.evil.example)", "web address"),
        ("evil.example/login", "web address"),
        ("ｗｗｗ．evil．example", "web address"),
    ],
)
def test_a_name_that_would_lead_the_reader_of_an_e_mail_astray_is_refused(name: str, says: str) -> None:
    from entrepot.store.people.organizations import read_name

    with pytest.raises(ValueError, match=says) as error:
        read_name(name)
    assert str(error.value).endswith(".")


@pytest.mark.parametrize(
    "name", ["Cà phê Sài Gòn", "ហាង ស្វាយចន្ទី", "北京咖啡有限公司", "JD.com", "A/B Trading Co., Ltd.", "Awww!"]
)
def test_a_name_of_a_company_is_taken_as_it_is(name: str) -> None:
    from entrepot.store.people.organizations import read_name

    assert read_name(f" {name} ") == name
