"""Settings that are not understood stop the start, and say what to do."""

from __future__ import annotations

import ast
import io
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.test import override_settings

import entrepot_oscar
from entrepot_oscar.checks import check_checkout
from entrepot_oscar.configuration import configuration, given_settings, problems

SOURCE = Path(entrepot_oscar.__file__).parent


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ENTREPOT_URL", "node.example", "Write the address of the node"),
        ("ENTREPOT_URL", 7, "Write the address of the node"),
        ("ENTREPOT_API_KEY", "", "begins with ek_"),
        ("ENTREPOT_WEBHOOK_SECRET", "whsec_", "begins with whsec_"),
        ("ENTREPOT_SHIP_FROM", "Viet Nam", "two letters"),
        ("ENTREPOT_WITHOUT_DUTIES", "no", '"stop" or "continue"'),
        ("ENTREPOT_ASSERTIONS", "positive_list", "a list of texts"),
        ("ENTREPOT_PAYMENT_MEANS", "means", "dotted path"),
        ("ENTREPOT_PAYMENT_MEANS", "shop.nowhere.means", "dotted path"),
        ("ENTREPOT_TIMEOUT", 0, "number of seconds"),
        ("ENTREPOT_POLL", True, "number of seconds"),
        ("ENTREPOT_STATUSES", {"gone": "Gone"}, "any of the keys"),
        ("ENTREPOT_STATUSES", {"paid": "In the bank"}, "ORDER_PIPELINE"),
        ("ENTREPOT_ATTRIBUTES", {"hs_code": ""}, "dictionary of texts"),
        ("ENTREPOT_SHIPFROM", "VN", "Did you mean ENTREPOT_SHIP_FROM?"),
        ("ENTREPOT_COLOUR", "red", "Use ENTREPOT_URL"),
    ],
)
def test_a_setting_that_is_not_understood_stops_the_start(name: str, value: Any, says: str) -> None:
    with override_settings(**{name: value}), pytest.raises(SystemCheckError) as stopped:
        call_command("check")
    text = str(stopped.value)
    assert says in text
    assert name in text or "OSCAR_ORDER_STATUS_PIPELINE" in text


def test_secrets_are_not_repeated() -> None:
    with override_settings(ENTREPOT_API_KEY="my secret key"), pytest.raises(ImproperlyConfigured) as stopped:
        configuration()
    assert "my secret" not in str(stopped.value)


def test_a_setting_that_is_missing_stops_the_start() -> None:
    given = given_settings()
    for name in ("URL", "API_KEY", "WEBHOOK_SECRET", "SHIP_FROM"):
        left = {key: value for key, value in given.items() if key != f"ENTREPOT_{name}"}
        assert [each.says for each in problems(left)] == [f"ENTREPOT_{name} is not set."]


def test_the_settings_of_the_tests_are_right_and_names_are_added_to_the_known_ones() -> None:
    call_command("check", stdout=io.StringIO())
    with override_settings(ENTREPOT_STATUSES={"paid": "Customs"}, ENTREPOT_ATTRIBUTES={"hs_code": "hs"}):
        given = configuration()
        assert (given.statuses["paid"], given.statuses["held"]) == ("Customs", "Held by customs")
        assert given.attributes["hs_code"] == "hs"
    assert configuration().attributes["hs_code"] == "tariff_code"


def test_a_checkout_that_does_not_know_duties_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from oscar.apps.checkout.applicator import SurchargeApplicator

    monkeypatch.setattr("entrepot_oscar.checks.get_class", lambda *_given: SurchargeApplicator)
    found = check_checkout()
    assert [each.id for each in found] == ["entrepot_oscar.E004"] * 4


def test_the_migrations_are_those_of_the_models() -> None:
    from django.conf import settings

    before, settings.MIGRATION_MODULES = settings.MIGRATION_MODULES, {}
    try:
        call_command("makemigrations", "entrepot_oscar", check=True, dry_run=True, verbosity=0)
    finally:
        settings.MIGRATION_MODULES = before


def test_attributes_are_made_once_and_an_unknown_class_says_which_there_are(products: Any) -> None:
    output = io.StringIO()
    call_command("entrepot_attributes", stdout=output)
    assert output.getvalue() == ""
    with pytest.raises(CommandError, match=r"There is no class of products bads\. Known: goods\."):
        call_command("entrepot_attributes", "bads")


def test_of_the_node_only_its_client_is_imported() -> None:
    found = set()
    for path in SOURCE.rglob("*.py"):
        for each in ast.walk(ast.parse(path.read_text())):
            if isinstance(each, ast.Import):
                found |= {alias.name for alias in each.names}
            elif isinstance(each, ast.ImportFrom):
                assert each.level == 0, path
                found.add(each.module or "")
    packages = {each.partition(".")[0] for each in found} - set(sys.stdlib_module_names)
    assert packages == {"django", "oscar", "entrepot", "entrepot_oscar"}
    assert {each for each in found if each.partition(".")[0] == "entrepot"} == {"entrepot.client"}
