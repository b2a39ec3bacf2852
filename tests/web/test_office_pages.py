"""The pages of workspaces: who sees them, folders, files, versions, guests, and what is in no log and event."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator

import pytest
from office_market import Office, open_office

pytest.importorskip("pycrdt", reason="the library of shared documents is not installed")
pytest.importorskip("websockets", reason="the WebSocket client of the tests is not installed")
from office_client import Client, close_code, token_at
from pycrdt import XmlElement, XmlFragment, XmlText


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    with open_office(tmp_path_factory.mktemp("office")) as running:
        yield running


def token_of(office: Office, who: str, path: str) -> dict[str, str]:
    """The token of a document for somebody."""
    return token_at(office.people[who], path)


def write(office: Office, who: str, path: str, text: str) -> None:
    """Write a paragraph into a text, as a program that speaks the protocol of the editor."""
    given = token_of(office, who, path)
    with Client(given["address"], given["token"], path.split("/")[-2]) as client:
        client.until_stored()
        root = client.doc.get("content", type=XmlFragment)
        root.children.append(XmlElement("paragraph")).children.append(XmlText(text))
        client.until_stored()


def test_members_work_in_folders_and_take_everything_along(office: Office) -> None:
    anna, binh = office.people["anna"], office.people["binh"]
    folder = office.new("fd", "Contracts")
    text, sheet = office.new("tx", "Offer: A/B", folder), office.new("sh", "Prices")
    path = f"{office.address}{text}/"
    write(office, "anna", path, "Giá là 5 < 6")
    page = binh.get(path).text
    assert "<p>Giá là 5 &lt; 6</p>" in page
    assert binh.get(f"{path}file/md/").text == "Giá là 5 \\< 6\n"
    assert binh.get(f"{path}file/nothing/").status_code == 404
    moved = binh.post(office.address, {"action": "move", "document": sheet, "folder": folder})
    assert "Prices" not in moved.text
    inside = office.new("fd", "Inside", folder)
    # A folder cannot be put into itself.
    assert binh.post(office.address, {"action": "move", "document": folder, "folder": inside}).status_code == 404
    assert binh.post(office.address, {"action": "rename", "document": sheet, "title": "  "}).status_code == 422
    archive = zipfile.ZipFile(io.BytesIO(anna.get(f"{office.address}all.zip").content))
    names = {f"Contracts/Offer  A B.{form}" for form in ("md", "html", "yjs")}
    names |= {f"Contracts/Prices.{form}" for form in ("csv", "xlsx", "yjs")}
    assert set(archive.namelist()) == names
    assert archive.read("Contracts/Offer  A B.md").decode() == "Giá là 5 \\< 6\n"
    binh.post(office.address, {"action": "remove", "document": folder})
    # What is in a folder that is in the bin goes with it.
    assert zipfile.ZipFile(io.BytesIO(anna.get(f"{office.address}all.zip").content)).namelist() == []
    assert "Contracts" in binh.get(f"{office.address}?bin=1").text
    binh.post(f"{office.address}?bin=1", {"action": "delete", "document": folder})
    assert binh.get(path).status_code == 404
    assert "Contracts" not in binh.get(f"{office.address}?bin=1").text


def test_others_find_nothing_and_a_fourth_member_only_reads(office: Office) -> None:
    path = f"{office.address}{office.new('tx', 'Notes')}/"
    for who in ("eve", "sok"):
        for each in (office.address, path, f"{path}versions/", f"{path}file/md/", f"{office.address}all.zip"):
            assert office.people[who].get(each).status_code == 404
    for who in ("anna", "binh", "chi"):
        assert 'data-writes="yes"' in office.people[who].get(path).text
    page = office.people["dara"].get(path)
    assert "All 3 seats of this workspace are taken." in page.text
    assert 'data-writes="no"' in page.text
    answer = office.people["dara"].send("POST", f"{path}token/", headers={"X-CSRFToken": "x"})
    assert answer.status_code == 403
    # A clerk does not manage seats; an owner gives one up for somebody else, whose connection ends.
    seat = office.people["chi"].person
    assert office.people["binh"].post(office.address, {"action": "free_seat", "person": seat}).status_code == 422
    given = token_of(office, "chi", path)
    with Client(given["address"], given["token"], path.split("/")[-2]) as client:
        office.people["anna"].post(office.address, {"action": "free_seat", "person": seat})
        code = close_code(client)
    assert code == 4410
    assert 'data-writes="yes"' in office.people["dara"].get(path).text


def test_a_member_who_is_removed_loses_the_documents_that_are_open(office: Office) -> None:
    path = f"{office.address}{office.new('tx', 'Plans')}/"
    given = token_of(office, "dara", path)
    with Client(given["address"], given["token"], path.split("/")[-2]) as client:
        removed = {"action": "remove", "person": office.people["dara"].person}
        assert office.people["anna"].post("/en/organization/members/", removed).status_code == 200
        assert close_code(client) == 4410
    assert "data-writes" not in office.people["dara"].get(path).text


def test_a_token_opens_one_connection_to_documents_of_its_workspace(office: Office) -> None:
    path = f"{office.address}{office.new('tx', 'Token')}/"
    number = path.split("/")[-2]
    given = token_of(office, "anna", path)
    with Client(given["address"], given["token"], number) as client:
        client.until_stored()
    answer = office.people["anna"].post(path, {"action": "invite", "role": "reader", "days": "1"})
    link = re.search(r'value="(http[^"]+/guests/[^"]+)"', answer.text)
    assert link, answer.text
    guest = link[1].removeprefix(office.server.url)
    assert 'data-writes="no"' in office.server.get(guest).text
    assert office.server.get(f"{guest}file/md/").status_code == 200
    other = office.new("tx", "Another")
    visitor = office.people["eve"]  # anybody
    csrf = re.search(r'data-csrf="([^"]+)"', visitor.get(guest).text)
    assert csrf
    of_guest = visitor.send("POST", f"{guest}token/", headers={"X-CSRFToken": csrf[1]}).json()
    for token, room in ((given["token"], number), (of_guest["token"], other)):
        assert _refused(given["address"], token, room) in (4401, 4404)


def _refused(address: str, token: str, room: str) -> int:
    from websockets.exceptions import ConnectionClosed
    from websockets.sync.client import connect

    with connect(address, open_timeout=120) as socket:
        socket.send(json.dumps({"token": token, "room": room}))
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(60)
    assert closed.value.rcvd is not None
    return closed.value.rcvd.code


def test_a_version_is_kept_and_shown(office: Office) -> None:
    path = f"{office.address}{office.new('tx', 'Versions')}/"
    write(office, "anna", path, "as it was")
    page = office.people["anna"].post(f"{path}versions/", {}).text
    number = re.search(r"\?version=(vr_\w+)", page)
    assert number, page
    write(office, "anna", path, "later")
    shown = office.people["binh"].get(f"{path}versions/?version={number[1]}").text
    assert "<p>as it was</p>" in shown
    assert "<p>later</p>" not in shown
    assert office.people["binh"].get(f"{path}versions/?version=vr_1").status_code == 404


def test_no_content_title_and_name_is_in_the_log_and_the_ledger(office: Office) -> None:
    path = f"{office.address}{office.new('tx', 'Zebra-title')}/"
    write(office, "anna", path, "Zebra-content")
    answer = office.people["anna"].post(path, {"action": "invite", "role": "editor", "days": "1"})
    secret = re.search(r'/guests/gr_\w+/([^/"]+)/', answer.text)
    assert secret
    events = office.server.ask(
        "from entrepot.trade_app.books import open_books\n"
        "import msgspec\n"
        "print(msgspec.json.encode([e for _, e in open_books().events(limit=1000)]).decode())"
    )
    assert "workspace.guest_invited" in events
    for found in (events, office.server.log()):
        assert "Zebra" not in found
        assert secret[1] not in found
        assert "anna@" not in found
