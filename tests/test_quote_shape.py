"""The JSON of a quote: its size, its citations, its parts by `fields`, its schema, and quotes of version 0.1.0."""

from __future__ import annotations

import json
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given, settings

import entrepot
from base_sale import BASE, best_of
from entrepot.app import quote_with_law
from entrepot.engine.case import AssessedSale
from entrepot.law.compiled import Law
from entrepot.model import json_schema, quote_versions
from entrepot.model.errors import FieldError
from entrepot.model.quote import Quote
from entrepot.model.sources import TRUST
from sale_strategies import quoted, sales

#: One line to China, with every procedure.
CHINA = {
    "ship_from": {"country": "VN"},
    "ship_to": {"country": "CN"},
    "date": "2026-03-01",
    "currency": "CNY",
    "lines": [{"hs_code": "0901.21", "amount": "100.00"}],
}
#: The same quote as version 0.1.0 wrote it.
OLD = Path(__file__).parent / "kept" / "quote-0.1.0.json"
MOST_BYTES = 20_000


def citations(value: Any) -> Iterator[str]:
    """Every citation in a part of a quote."""
    if isinstance(value, dict):
        yield from value.get("citations", ())
        for each in value.values():
            yield from citations(each)
    elif isinstance(value, list):
        for each in value:
            yield from citations(each)


def of_law(law: Law) -> dict[str, set[tuple[Any, ...]]]:
    """The rows of a law by location, each with all that a citation says, from the law itself."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for basis in law.bases:
        sources = frozenset(
            (cite, each.title, each.authority, each.number, each.dated, each.read, each.url, each.as_of)
            for cite in basis.cites
            for each in [law.sources[cite]]
        )
        found.setdefault(basis.where, set()).add((basis.since, basis.until, TRUST[basis.trust], sources))
    return found


def rebuilt(quote: dict[str, Any], cited: str) -> tuple[Any, ...]:
    """All that a citation says, from the rows and sources that stand once in the quote."""
    row = quote["law"]["rows"][cited]
    facts = ("title", "authority", "number", "dated", "read", "url", "as_of")
    sources = quote["law"]["sources"]
    names = frozenset((name, *(sources[name].get(fact) for fact in facts)) for name in row["sources"])
    return row["since"], row.get("until"), row["trust"], names


def test_one_line_to_china_is_small() -> None:
    assert len(entrepot.quote(CHINA).json_bytes()) <= MOST_BYTES


@settings(max_examples=60)
@given(sales())
def test_every_citation_can_be_rebuilt_and_nothing_is_listed_that_is_not_cited(sale: dict[str, Any]) -> None:
    try:
        found, law = quote_with_law(sale)
    except entrepot.SaleError:
        return
    rows = of_law(law)
    for fields in (None, "*"):
        quote = json.loads(found.to_json(fields))
        cited = set(citations(quote["options"]))
        for each in cited:
            assert rebuilt(quote, each) in rows[each.partition("#")[0]]
        assert set(quote["law"]["rows"]) == cited
        assert set(quote["law"]["sources"]) == {
            name for row in quote["law"]["rows"].values() for name in row["sources"]
        }


def test_every_row_that_decides_is_cited() -> None:
    """The rows of the engine's own figures, gathered from the case, are all in the whole quote."""
    from entrepot import app
    from entrepot.engine import flow
    from entrepot.engine.request import read_request
    from entrepot.language.typed_names import TYPED_NAMES

    library = app.library()
    for sale in (CHINA, {**CHINA, "buyer": {"kind": "business"}}, BASE):
        found, law = quote_with_law(sale)
        asked = read_request(sale, None, library.world, library.law, app._rates, TYPED_NAMES, None)  # type: ignore[arg-type]  # the sale has a day
        assessed: AssessedSale = flow.assess(asked.sale, law, library.world, asked.on, asked.reference)
        rows = found.law.rows
        for option, regime in zip(found.options, assessed.regimes, strict=True):
            assert law.bases[regime.regime.basis].where in option.citations
            for owed in regime.charges:
                cited = {row for charge in option.charges if charge.id == owed.charge.id for row in charge.citations}
                for i, why in enumerate(owed.why):
                    if why == "rate":
                        assert {law.bases[row].where for row in owed.rows[i]} <= cited <= set(rows)


@settings(max_examples=60)
@given(sales())
def test_by_default_only_details_of_closed_procedures_are_left_out(sale: dict[str, Any]) -> None:
    quote = quoted(sale)
    default, whole = quote.to_dict(), quote.to_dict("*")
    assert {name: value for name, value in default.items() if name not in ("options", "law")} == {
        name: value for name, value in whole.items() if name not in ("options", "law")
    }
    none_open = all(option["status"] == "closed" for option in whole["options"])
    for short, long in zip(default["options"], whole["options"], strict=True):
        if long["status"] != "closed" or none_open:
            assert short == long
            continue
        for name in ("id", "amount_subtotals", "amount_charges", "amount_landed", "at_least", "citations"):
            assert short[name] == long[name]
        assert short.get("warnings") == long.get("warnings")
        failed = [each for each in long.get("conditions", ()) if each["state"] == "failed"]
        assert short.get("conditions", []) == failed
    assert entrepot.Quote.from_json(quote.to_json("*")).to_json() == quote.to_json()


@given(sales())
def test_a_line_has_the_parts_of_each_charge(sale: dict[str, Any]) -> None:
    """The parts add up to the charge, where no rounding or relief of the whole lies between."""
    for option in quoted(sale).options:
        for line in option.lines:
            for charge in option.line_charges(line):
                whole = next(each for each in option.charges if each.id == charge.id)
                assert (charge.name, charge.kind, charge.recoverable) == (whole.name, whole.kind, whole.recoverable)
        if len(option.lines) == 1:
            (line,) = option.lines
            assert [charge.id for charge in option.line_charges(line)] == [charge.id for charge in option.charges]


def test_best_is_an_option_in_python_and_an_id_in_json() -> None:
    quote = entrepot.quote(CHINA)
    assert quote.best is not None
    assert quote.best is next(option for option in quote.options if option.id == "retail")
    read = json.loads(quote.to_json())
    assert (read["best"], best_of(read)["amount_landed"]) == ("retail", quote.best.amount_landed)
    assert quote.best_conditional is None


def test_the_cheapest_conditional_option_is_named_where_none_is_open() -> None:
    """Personal articles above the limit: whether the article can be divided only the buyer knows."""
    sale = {**CHINA, "channel": "personal", "lines": [{"hs_code": "0901.21", "amount": "3000.00"}]}
    quote = entrepot.quote(sale)
    assert quote.best is None
    assert quote.best_conditional is not None
    assert quote.best_conditional.status == "conditional"
    assert "asked" in {each.state for each in quote.best_conditional.conditions}
    assert json.loads(quote.to_json())["best_conditional"] == quote.best_conditional.id


def test_fields_select_parts_and_keep_what_names_them() -> None:
    quote = entrepot.quote(CHINA)
    lean = json.loads(quote.to_json("best, options.amount_landed"))
    assert set(lean) == {"object", "best", "options"}
    assert lean["options"][0] == {"id": "retail", "amount_landed": "109.10"}
    charges = json.loads(quote.to_json(["options.charges.amount", "law.rows", "options.charges.citations"]))
    assert set(charges["law"]["rows"]) == set(citations(charges["options"]))
    assert json.loads(quote.to_json("options.charges,options")) == {
        "object": "quote",
        "options": json.loads(quote.to_json("*"))["options"],
    }


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (
            "best,options.amount_landet",
            '"options.amount_landet" is not a part of a quote. Did you mean "options.amount',
        ),
        ("", '"" is not a part of a quote.'),
        ("best,", '"" is not a part of a quote.'),
        ("options.0", '"options.0" is not a part of a quote.'),
        ("law.rows.cn", '"law.rows.cn" is not a part of a quote. Did you mean "law.rows"?'),
        ("x" * 5000, "The list of fields is too long: at most 4000 characters."),
    ],
)
def test_a_path_that_does_not_exist_is_an_error_with_a_suggestion(fields: str, says: str) -> None:
    with pytest.raises(FieldError) as raised:
        entrepot.quote(CHINA).to_json(fields)
    assert raised.value.message.startswith(says)


@given(sales())
def test_sales_and_quotes_are_valid_by_their_schemas(sale: dict[str, Any]) -> None:
    assert SCHEMAS["sale"].is_valid(sale)
    quote = quoted(sale)
    for fields in (None, "*"):
        SCHEMAS["quote"].validate(json.loads(quote.to_json(fields)))


SCHEMAS = {name: jsonschema_rs.validator_for(json_schema.schema(name)) for name in json_schema.TYPES}


def test_a_schema_refuses_what_is_no_quote_or_sale() -> None:
    quote = json.loads(entrepot.quote(CHINA).to_json())
    for name in ("best", "options", "law"):
        assert not SCHEMAS["quote"].is_valid({key: value for key, value in quote.items() if key != name})
    assert not SCHEMAS["quote"].is_valid({**quote, "options": [{**quote["options"][0], "amount_landed": 109.1}]})
    assert not SCHEMAS["sale"].is_valid({**CHINA, "lines": [{"hs_code": "0901.21"}]})
    assert not SCHEMAS["sale"].is_valid({**CHINA, "curency": "CNY"})


def test_a_quote_of_version_0_1_0_reads_as_a_quote_of_today() -> None:
    text = OLD.read_text()
    old, quote = json.loads(text), Quote.from_json(text)
    assert quote_versions.is_old(old)
    assert not quote_versions.is_old(quote.to_dict("*"))
    assert quote.best is not None
    assert (quote.best.id, quote.best.amount_landed) == (old["best"]["regime"], old["best"]["amount_landed"])
    # Each citation of the old quote can be rebuilt from the new one, in its order.
    for option, before in zip(quote.options, old["options"], strict=True):
        for charge, charged in zip(option.charges, before["charges"], strict=True):
            assert list(charge.citations) == list(dict.fromkeys(each["row"] for each in charged["citations"]))
            for each in charged["citations"]:
                row, source = quote.law.rows[each["row"]], quote.law.sources[each["source"]]
                assert (row.since, row.until, row.trust) == (each["since"], each["until"], each["trust"])
                assert each["source"] in row.sources
                assert (source.title, source.url) == (each["title"], each["url"])
        for line, lined in zip(option.lines, before["lines"], strict=True):
            amounts = [(charge.id, charge.amount, charge.formula) for charge in option.line_charges(line)]
            assert amounts == [(each["id"], each["amount"], each["formula"]) for each in lined["charges"]]


def test_quotes_are_equal_if_their_json_is_and_survive_pickling() -> None:
    quote = entrepot.quote(CHINA)
    assert quote == entrepot.quote(CHINA)
    assert quote != entrepot.quote({**CHINA, "lines": [{"hs_code": "0901.21", "amount": "100.01"}]})
    again = pickle.loads(pickle.dumps(quote))
    assert again == quote
    assert again.to_json("*") == quote.to_json("*")
    assert repr(again) == repr(quote)
    assert repr(quote).startswith("Quote(")
