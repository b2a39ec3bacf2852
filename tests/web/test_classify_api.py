"""Classification over HTTP and on the page of a quote, and the codes that an organization keeps."""

from __future__ import annotations

import json
import re

import pytest
from people_browser import signed_in
from server_process import Server
from upload_page import Browser

TWO_KEYS = """
from entrepot.store import keys
from entrepot.store.people import organizations
scopes = ("quotes", "batch", "law", "trade")
made = [organizations.create_organization("Codes", "VN", "seller").id for _each in "ab"]
print(*[keys.create_key("of a test", scopes, 1_000_000, organization=each)[1] for each in made])
"""
SALE = "from=VN&to=CN&amount=1000&currency=CNY&for=business&on=2026-06-01"


def test_one_description_and_several(server: Server) -> None:
    one = server.post("/v1/classify", json={"description": "roasted coffee beans", "to": "CN"}).json()
    assert (one["object"], one["candidates"][0]["hs6"][:4]) == ("classification", "0901")
    assert one["candidates"][0]["lines"][0]["code"].startswith(one["candidates"][0]["hs6"])
    several = server.post("/v1/classify", json={"descriptions": ["roasted coffee beans", "0901.21", "😀"]}).json()
    assert [each["reason"] for each in several["data"]] == [None, "is_a_code", "no_words"]
    assert several["data"][0]["candidates"][0]["hs6"] == one["candidates"][0]["hs6"]


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "description"),
        ({"description": "a", "descriptions": ["a"]}, "description"),
        ({"description": 5}, "description"),
        ({"descriptions": []}, "descriptions"),
        ({"descriptions": ["a"] * 101}, "descriptions"),
        ({"descriptions": ["a"], "attributes": {"material": "cotton"}}, "attributes"),
        ({"description": "a", "limit": 21}, "limit"),
        ({"description": "a", "to": "XX"}, "to"),
        ({"descripton": "a"}, "descripton"),
    ],
)
def test_what_cannot_be_read_is_refused(server: Server, body: dict[str, object], param: str) -> None:
    answer = server.post("/v1/classify", json=body)
    assert (answer.status_code, answer.json()["error"]["param"]) == (422, param)


def test_a_key_without_an_organization_keeps_no_code(server: Server) -> None:
    answer = server.post("/v1/classify", json={"description": "coffee", "correct": "0901.21"})
    assert answer.status_code == 403


def test_words_on_the_page_of_a_quote_show_codes_with_costs(server: Server) -> None:
    text = server.get(f"/en/?{SALE}&what=roasted+coffee+beans").text
    assert 'id="t-codes"' in text
    assert "This is right" not in text  # nobody is signed in
    links = re.findall(r'<a href="(\?[^"]*what=0901\.\d\d[^"]*)"', text)
    assert links
    assert 'id="answer"' in server.get("/en/" + links[0].replace("&amp;", "&")).text
    assert "Write what the goods are" in server.get(f"/en/?{SALE}&what=x").text


def test_an_organization_keeps_a_code_that_only_it_gets(server: Server) -> None:
    people = signed_in(server, {"ana": ("Ana codes", "seller", "clerk"), "bo": ("Bo codes", "seller", "owner")})
    ana, bo, there = people["ana"], people["bo"], "/en/corrections/"
    page = f"/en/?{SALE}&what=roasted+coffee+beans"
    back = ana.post(page, {"text": "My odd thing", "code": "0901.21", "query": f"?{SALE}"}, to=there)
    assert "from=VN" in str(back.url)
    odd = f"/en/?{SALE}&what=my+odd+thing"
    assert "chose this code for this description before" in ana.get(odd).text
    assert "chose this code" not in bo.get(odd).text
    assert "My odd thing" in ana.get(there).text
    assert "My odd thing" not in bo.get(there).text
    number = re.search(r'name="forget" value="(\d+)"', ana.get(there).text)
    assert number is not None
    assert bo.post(page, {"forget": number[1]}, to=there).status_code == 404
    assert ana.post(page, {"text": "x y z", "code": "7777.77"}, to=there).status_code == 422
    assert ana.post(there, {"forget": number[1]}).status_code == 200
    assert "My odd thing" not in ana.get(there).text


def keys_of_two(server: Server) -> tuple[dict[str, str], dict[str, str]]:
    """Headers with keys of two organizations, which may do everything."""
    ours, theirs = server.ask(TWO_KEYS).split()
    return {"Authorization": f"Bearer {ours}"}, {"Authorization": f"Bearer {theirs}"}


def test_quotes_and_tables_of_an_organization_use_its_codes_and_no_other_does(server: Server) -> None:
    ours, theirs = keys_of_two(server)
    text = "quite odd thing"
    kept = server.post("/v1/classify", json={"description": text, "correct": "0901.21"}, headers=ours).json()
    assert (kept["hs6"], kept["assumed"]) == ("090121", ["corrected"])
    sale = {
        "ship_from": {"country": "VN"},
        "ship_to": {"country": "CN"},
        "date": "2026-03-01",
        "currency": "CNY",
        "lines": [{"description": "Quite  odd thing!", "amount": "100.00"}],
    }
    for where in ("/v1/quotes?fields=*", "/v1/quotes?store=false&fields=*"):
        found = {name: str(server.post(where, json=sale, headers=key).json()) for name, key in both(ours, theirs)}
        assert "hs_code.chosen" in found["ours"]
        assert "hs_code.chosen" not in found["theirs"]
        assert "hs_code.chosen" not in str(server.post(where, json=sale).json())
    row = {"ship_from_country": "VN", "ship_to_country": "CN", "date": "2026-03-01", "currency": "CNY"}
    rows = json.dumps({**row, "description": text, "amount": "100.00"}) + "\n"
    answers = {}
    for name, key in both(ours, theirs):
        headers = {**key, "Content-Type": "application/jsonl"}
        answer = server.post("/v1/quotes/batch?explain=true", content=rows, headers=headers)
        answers[name] = json.loads(answer.text)
    assert "hs_code.chosen" in answers["ours"]["reasons"]
    assert answers["ours"]["landed"] == "109.10"
    assert "hs_code.chosen" not in (answers["theirs"]["reasons"] or [])


def both(ours: dict[str, str], theirs: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    return [("ours", ours), ("theirs", theirs)]


def test_an_uploaded_table_gets_the_codes_of_the_organization_of_its_reader(server: Server) -> None:
    people = signed_in(server, {"cy": ("Cy codes", "seller", "clerk"), "di": ("Di codes", "seller", "owner")})
    fields = ["description", "amount", "ship_from_country", "ship_to_country", "currency", "date"]
    content = f"{','.join(fields)}\nrather odd thing,100,VN,CN,CNY,2026-03-01\n".encode()
    page = f"/en/?{SALE}&what=roasted+coffee+beans"
    people["cy"].post(page, {"text": "Rather odd thing", "code": "0901.21"}, to="/en/corrections/")
    found = {}
    for name, person in people.items():
        browser = Browser(server)
        browser.client.cookies.set("sessionid", person.cookies["sessionid"])
        address = str(browser.drop("odd.csv", content).url)
        # The check of the first rows knows the codes, too.
        browser.start(address, fields, check="on", explain="on")
        assert ("Errors in 1 of the first 1 rows" in browser.client.get(address).text) == (name == "di")
        browser.start(address, fields, explain="on")
        assert browser.wait(address, "done", "failed")["state"] == "done"
        found[name] = browser.client.get(f"{address}answer.csv").text
        browser.close()
    assert "hs_code.chosen" in found["cy"]
    assert "109.10" in found["cy"]
    assert "hs_code.chosen" not in found["di"]


def test_an_unknown_language_and_a_code_to_keep_are_refused_as_by_the_command(server: Server) -> None:
    answer = server.post("/v1/classify?language=vn", json={"description": "coffee"})
    assert (answer.status_code, answer.json()["error"]["param"]) == (422, "language")
    assert 'Did you mean "vi"?' in answer.json()["error"]["message"]
    ours, _theirs = keys_of_two(server)
    for body, param in (
        ({"description": "coffee", "correct": "0901.10"}, "correct"),
        ({"description": "coffee", "correct": "0901"}, "correct"),
        ({"description": "x", "correct": "0901.21"}, "description"),
    ):
        error = server.post("/v1/classify", json=body, headers=ours).json()["error"]
        assert error["param"] == param
    long = {"description": "coffee pods", "correct": "0901.21.00.10"}
    assert server.post("/v1/classify", json=long, headers=ours).json()["hs6"] == "090121"
