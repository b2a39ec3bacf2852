"""The page of the rules on personal data that leave an economy: the rows, and an answer for one transfer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest

from entrepot.cooperation import transfer_words as words
from entrepot.cooperation.transfers import Facts, decide
from entrepot.law.compiled import Law
from entrepot.law.records import TransferRule
from entrepot.model.sources import TRUST
from entrepot.web.pages import form_fields
from entrepot.web.pages.citations import period, source_entry

MAX_PEOPLE = 10**9


def context(request: HttpRequest, law: Law, on: dt.date) -> dict[str, Any]:
    """The rows in force, their sources, the form, and the answer."""
    day = on.isoformat()
    found = [
        each
        for each in law.transfers
        if each.basis.since <= day and (each.basis.until is None or day < each.basis.until)
    ]
    sources: dict[str, dict[str, Any]] = {}
    rows = [_row(law, each, sources) for each in found]
    given = {name: request.GET.get(name, "") for name in ("to", "category", "ground", "exporter", "people")}
    return {
        "part": {"rows": rows},
        "sources": list(sources.values()),
        "choices": form_fields.economy_choices(),
        "categories": _options(words.CATEGORIES),
        "grounds": _options(words.GROUNDS),
        "exporters": _options(words.EXPORTERS),
        "given": given,
        **(_answer(law, on, given, _origin(law, request)) if given["to"] else {}),
    }


def _origin(law: Law, request: HttpRequest) -> str:
    code = request.path.rstrip("/").split("/")[-2].upper()
    return code if code in law.economies else min(law.economies)


def _economies() -> set[str]:
    return {code for code, _name in form_fields.economy_choices()}


def _options(known: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(key, words.word(known, key)) for key in known]


def _row(law: Law, rule: TransferRule, sources: dict[str, dict[str, Any]]) -> dict[str, Any]:
    for cite in rule.basis.cites:
        sources.setdefault(cite, source_entry(len(sources) + 1, law.sources[cite]))
    return {
        "name": words.rule_name(rule),
        "says": words.rule_says(rule),
        "dates": period(rule.basis.since, rule.basis.until),
        "trust": TRUST[rule.basis.trust],
        "where": rule.basis.where,
        "sources": [sources[cite] for cite in rule.basis.cites],
    }


def _answer(law: Law, on: dt.date, given: Mapping[str, str], origin: str) -> dict[str, Any]:
    people = given["people"].strip()
    facts = Facts(
        origin=origin,
        destination=given["to"] if given["to"] in _economies() else "",
        category=given["category"] if given["category"] in words.CATEGORIES else "ordinary",
        ground=given["ground"] if given["ground"] in words.GROUNDS else "contract",
        exporter=given["exporter"] if given["exporter"] in words.EXPORTERS else "ordinary",
        people=min(int(people), MAX_PEOPLE) if people.isascii() and people.isdigit() else None,
        on=on,
    )
    if not facts.destination:
        return {}
    made = decide(law.transfers, facts)
    return {
        "answer": words.reason_text(made.reason.code, made.reason.values),
        "allowed": made.allowed,
        "assumed": bool(made.assumed),
    }
