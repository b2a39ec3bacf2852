"""Classification over HTTP and on the page of a quote, and the codes that an organization keeps."""

from __future__ import annotations

import re

import pytest
from people_browser import signed_in
from server_process import Server

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
    assert ana.post(page, {"text": "x y z", "code": "7777.77"}, to=there).status_code == 404
    assert ana.post(there, {"forget": number[1]}).status_code == 200
    assert "My odd thing" not in ana.get(there).text
