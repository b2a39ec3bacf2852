"""Organizations on the pages: members, roles, invitations, keys; and nothing of another organization is found."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from people_browser import PASSWORD, Visitor, link_in, mails, notices, signed_in, text_of, visitor
from server_process import Server

MEMBERS, KEYS = "/en/organization/members/", "/en/organization/keys/"


@pytest.fixture(scope="module")
def people(server: Server) -> Mapping[str, Visitor]:
    return signed_in(
        server,
        {
            "owner1": ("First Shop", "seller", "owner"),
            "manager1": ("First Shop", "seller", "manager"),
            "viewer1": ("First Shop", "seller", "viewer"),
            "owner2": ("Second Shop", "seller", "owner"),
            "manager2": ("Second Shop", "seller", "manager"),
            "alone": ("", "", ""),
            "runs": ("Operator", "operator", "owner"),
        },
    )


@pytest.mark.parametrize("path", ["/en/organization/", MEMBERS, KEYS, "/en/account/organizations/", "/en/account/"])
def test_pages_need_a_session(server: Server, path: str) -> None:
    answer = visitor(server).get(path)
    assert answer.url.path == "/en/sign-in/"
    assert answer.url.params["next"] == path
    assert "no-store" in answer.headers["cache-control"]


def test_a_person_without_an_organization_creates_one(server: Server, people: Mapping[str, Visitor]) -> None:
    browser = people["alone"]
    assert browser.get(MEMBERS).url.path == "/en/account/organizations/"
    form = {"action": "create", "name": "A new shop", "country": "VN", "kind": "seller"}
    wrong = {"name": "", "country": "Vietnam", "kind": "operator"}
    for name, value in wrong.items():
        assert browser.post("/en/account/organizations/", {**form, name: value}).status_code == 422, name
    assert browser.post("/en/account/organizations/", form).url.path == "/en/organization/"
    numbers = "CN 4403160ABC\nvn 0101234567"
    page = browser.post(
        "/en/organization/",
        {"name": "Named anew", "country": "KH", "language": "km", "numbers": numbers, "sector": "S11"},
    )
    assert "Named anew" in page.text
    assert "VN 0101234567" in page.text
    assert '<option value="S11" selected>Corporations</option>' in page.text
    refused = browser.post("/en/organization/", {"name": "x", "country": "KH", "language": "km", "numbers": "4403160"})
    assert 'role="alert"' in refused.text
    # The last owner cannot leave an organization.
    row = re.search(r'name="organization" value="(og_\w+)"', browser.get("/en/account/organizations/").text)
    assert row
    left = browser.post("/en/account/organizations/", {"action": "leave", "organization": row[1]})
    assert left.status_code == 422


@pytest.mark.parametrize(
    ("who", "path", "form", "status"),
    [
        ("viewer1", KEYS, None, 403),
        ("manager1", MEMBERS, {"action": "invite", "email": "x@people.example", "role": "owner"}, 403),
        ("manager1", "/en/organization/", {"name": "Mine", "country": "VN", "language": "en", "numbers": ""}, 403),
        ("viewer1", "/en/organization/", {"name": "Mine", "country": "VN", "language": "en", "numbers": ""}, 403),
        ("owner1", MEMBERS, {"action": "role", "person": "PERSON2", "role": "viewer"}, 404),
        ("owner1", MEMBERS, {"action": "remove", "person": "PERSON2"}, 404),
        ("owner1", MEMBERS, {"action": "withdraw", "invitation": "INVITATION2"}, 404),
        ("owner1", MEMBERS, {"action": "role", "person": "PERSON1", "role": "emperor"}, 404),
        ("owner1", MEMBERS, {"action": "anything"}, 404),
        ("manager1", KEYS, {"action": "revoke", "key": "KEY2"}, 404),
        ("owner1", "/en/account/organizations/", {"action": "choose", "organization": "ORGANIZATION2"}, 404),
        ("owner1", "/en/account/organizations/", {"action": "leave", "organization": "ORGANIZATION2"}, 404),
    ],
)
def test_what_a_role_or_another_organization_does_not_allow(
    server: Server,
    people: Mapping[str, Visitor],
    other: Mapping[str, str],
    who: str,
    path: str,
    form: dict[str, str] | None,
    status: int,
) -> None:
    browser = people[who]
    if form is None:
        assert browser.get(path).status_code == status
        return
    known = {**other, "PERSON1": people["viewer1"].person}
    sent = {name: known.get(value, value) for name, value in form.items()}
    assert browser.post("/en/account/", sent, to=path).status_code == status


@pytest.fixture(scope="module")
def other(server: Server, people: Mapping[str, Visitor]) -> Mapping[str, str]:
    """What the second organization has."""
    code = (
        "from entrepot.store import keys\nfrom entrepot.store.people import invitations\n"
        f"org, owner = {people['owner2'].organization!r}, {people['owner2'].person!r}\n"
        "invitations.invite(org, 'guest2@people.example', 'clerk', 'en', owner)\n"
        "print(invitations.open_invitations(org)[0].id, keys.create_key('second', ['trade'], organization=org)[0].id)"
    )
    invitation, key = server.ask(code).split()
    return {
        "PERSON2": people["manager2"].person,
        "INVITATION2": invitation,
        "KEY2": key,
        "ORGANIZATION2": people["owner2"].organization,
    }


def test_nothing_of_another_organization_is_on_a_page(people: Mapping[str, Visitor], other: Mapping[str, str]) -> None:
    for path in ("/en/organization/", MEMBERS, KEYS, "/en/account/organizations/", "/en/account/export/"):
        text = people["owner1"].get(path).text
        assert "First" in text or "owner1" in text
        for value in (*other.values(), "Second", "guest2@", "owner2@", "manager2@"):
            assert value not in text, (path, value)


def test_a_key_of_the_organization_is_shown_once_and_revoked(server: Server, people: Mapping[str, Visitor]) -> None:
    made = people["manager1"].post(KEYS, {"name": "Warehouse", "scopes": ["trade", "quotes"]})
    found = re.search(r"ek_[0-9a-f]{12}_[\w-]{43}", made.text)
    assert found
    head = {"Authorization": f"Bearer {found[0]}"}
    assert server.get("/v1/quotes", headers=head).status_code == 200
    assert server.get("/v1/economies", headers=head).status_code == 403
    assert found[0][16:] not in people["manager1"].get(KEYS).text
    told = notices(server, "owner1@people.example")[-1]
    assert found[0][:15] in text_of(told)
    assert people["manager1"].post(KEYS, {"name": "Warehouse"}).status_code == 422
    gone = people["manager1"].post(KEYS, {"action": "revoke", "key": found[0][:15]})
    assert "revoked" in gone.text


@pytest.mark.long
def test_an_invited_person_creates_an_account_and_joins(server: Server, people: Mapping[str, Visitor]) -> None:
    people["owner1"].post(MEMBERS, {"action": "invite", "email": "Guest@people.example", "role": "clerk"})
    link = link_in(mails(server, "guest@people.example")[0])
    assert "guest@people.example" in people["owner1"].get(MEMBERS).text
    # Somebody else who is signed in cannot accept it.
    assert people["owner2"].get(link).status_code == 403
    guest = visitor(server)
    assert guest.post(link, {"name": "Guest", "password": "x"}).status_code == 200
    joined = guest.post(link, {"name": "Guest", "password": PASSWORD})
    assert joined.url.path == "/en/organization/"
    assert "First Shop" in joined.text
    assert guest.get(link).status_code == 410, "an invitation works once"
    told = notices(server, "owner1@people.example")[-1]
    assert "joined" in text_of(told)
    # The e-mail has a link that turns its group off, also with one click and without a session (RFC 8058).
    off = re.search(r"<https?://[^/]+(/en/mail/off/\?token=[^>]+)>", told["List-Unsubscribe"])
    assert off
    assert told["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    page = visitor(server).get(off[1])
    assert "checked" in people["owner1"].get("/en/account/").text
    assert page.status_code == 200
    assert server.post(off[1], data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert server.ask(f"print(m.Person.objects.get(id={people['owner1'].person!r}).mail_opt_outs)") == "['members']"
    count = len(notices(server, "owner1@people.example"))
    guest.post("/en/account/organizations/", {"action": "leave", "organization": people["owner1"].organization})
    assert len(notices(server, "owner1@people.example")) == count
    assert guest.get("/en/organization/").url.path == "/en/account/organizations/"


def test_a_withdrawn_invitation_and_a_removed_member_are_out(server: Server, people: Mapping[str, Visitor]) -> None:
    owner = people["owner2"]
    owner.post(MEMBERS, {"action": "invite", "email": "late@people.example", "role": "viewer"})
    link = link_in(mails(server, "late@people.example")[0])
    number = re.search(r'name="invitation" value="(iv_\w+)"', owner.get(MEMBERS).text)
    assert number
    owner.post(MEMBERS, {"action": "withdraw", "invitation": number[1]})
    assert visitor(server).get(link).status_code == 410
    assert people["manager2"].get(MEMBERS).status_code == 200
    owner.post(MEMBERS, {"action": "remove", "person": people["manager2"].person})
    assert people["manager2"].get(MEMBERS).url.path == "/en/account/organizations/"
    assert notices(server, "manager2@people.example")[-1]["Subject"] == "You are no longer a member of Second Shop"


def test_the_operator_acts_only_after_a_second_factor(server: Server, people: Mapping[str, Visitor]) -> None:
    assert people["runs"].get("/en/organization/").url.path == "/en/organization/"
    again = visitor(server)
    again.post("/en/sign-in/", {"username": "runs@people.example", "password": PASSWORD})
    assert again.get("/en/organization/").url.path == "/en/account/two-factor/"
    # Without it the administration site is closed to everybody, and to others also with it.
    for browser in (again, people["owner1"], people["runs"]):
        assert browser.get("/admin/store/key/").url.path in ("/admin/login/", "/en/account/two-factor/")
