"""The pages of refused and failed requests: each says what happened and what to do, in the language of the address."""

from __future__ import annotations

import html
import json
import re

import pytest
from server_process import Server

from entrepot.language import catalogue, translate

#: Asks for a page that is refused or fails in each way; prints its status, its text and its headers.
PROGRAM = """
import json, logging
from unittest.mock import patch
from django.test import Client
from entrepot.web.http.errors import Refused
logging.disable(logging.CRITICAL)
path, host = "/{language}/sign-in/?next=/{language}/orders/", {{"SERVER_NAME": "localhost"}}
busy = Refused(429, "rate_limit_error", "too_many", "", Retry_After="17")
client = Client(raise_request_exception=False)
shown = {{}}
with patch("entrepot.web.pages.page_limit.count_action", side_effect=busy):
    shown["429"] = client.get(path, **host)
with patch("entrepot.web.pages.people.sign_in.show_form", side_effect=RuntimeError("of a test")):
    shown["500"] = client.get(path, **host, HTTP_X_REQUEST_ID="req_of_a_test")
shown["413"] = client.post(path, {{"username": "x" * (1 << 20)}}, **host)
shown["413 fields"] = client.post(path, {{f"f{{n}}": "" for n in range(1001)}}, **host)
shown["403"] = Client(enforce_csrf_checks=True).post(path, {{"username": "x"}}, **host)
print(json.dumps({{name: [a.status_code, a.content.decode(), dict(a.headers)] for name, a in shown.items()}}))
"""
TITLES = {
    "429": "Too many requests",
    "500": "Server error",
    "413": "The form is too large",
    "413 fields": "The form is too large",
    "403": "The form was not accepted",
}


@pytest.mark.parametrize("language", list(catalogue.LANGUAGES))
def test_each_error_says_what_happened_and_leads_on(server: Server, language: str) -> None:
    shown = json.loads(server.ask(PROGRAM.format(language=language)))
    says = {}
    for name, title in TITLES.items():
        status, page, headers = shown[name]
        assert status == int(name[:3]), name
        assert f'<html lang="{language}">' in page
        with translate.speaking(language):
            assert f"<h1>{translate._(title)}</h1>" in page
            again = translate._("Load the page again")
        assert f'<a class="button" href="/{language}/sign-in/?next=/{language}/orders/">{again}</a>' in page
        (says[name],) = re.findall(r'<p class="lead">(.*?)</p>', html.unescape(page), re.DOTALL)
        assert headers.get("Retry-After") == ("17" if name == "429" else None)
    assert "17" in says["429"]
    assert "req_of_a_test" in says["500"], "the number under which the log names the cause"
    assert "of a test" not in shown["500"][1].replace("req_of_a_test", "")
    assert "1 MB" in says["413"]
    assert f'href="/{language}/batch/"' in shown["413"][1]
    assert len(set(says.values())) == 4
    # Each sentence is translated.
    assert language == "en" or not any("the page again" in each for each in says.values())


@pytest.mark.parametrize("language", list(catalogue.LANGUAGES))
@pytest.mark.parametrize("path", ["market/deliver/", "sign-out/"])
def test_an_address_that_only_takes_a_form_says_so(server: Server, language: str, path: str) -> None:
    """A browser that opens it, as after a change of the language, showed an empty page."""
    answer = server.get(f"/{language}/{path}")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"
    with translate.speaking(language):
        assert f"<h1>{translate._('No page at this address')}</h1>" in answer.text
