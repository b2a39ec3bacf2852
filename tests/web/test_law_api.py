"""The law over HTTP equals the JSON of the command line: rows, changes; economies and their procedures."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from server_process import Server, run_server

from entrepot import app, cli
from entrepot.web.api.shapes.economies import Economies
from entrepot.web.api.shapes.law_rows import LawDiff, LawOf
from entrepot.web.api.shapes.procedures import Ways

DAY = dt.date(2026, 3, 1)


def got(server: Server, path: str) -> Any:
    answer = server.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def typed(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """What the command line answers in JSON."""
    assert cli.main([*words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("economy", "code"),
    [("CN", "0901.21"), ("cn", "0901"), ("VN", "090121"), ("JP", "0901.21.000"), ("CN", "telemedicine"), ("DE", "64")],
)
def test_the_rows_of_a_code_are_those_of_the_command_line(
    server: Server, capsys: pytest.CaptureFixture[str], economy: str, code: str
) -> None:
    answer = got(server, f"/v1/law/{economy}/{code}?on={DAY}")
    assert answer == typed(capsys, "law", economy, code, "--on", str(DAY))
    assert msgspec.convert(answer, LawOf).rows


def test_the_changes_are_those_of_the_command_line(server: Server, capsys: pytest.CaptureFixture[str]) -> None:
    days = ("2025-12-31", "2026-01-01")
    for code in ((), ("0901.21",), ("telemedicine",)):
        answer = got(server, f"/v1/law/CN/diff?from={days[0]}&to={days[1]}" + "".join(f"&code={each}" for each in code))
        assert answer == typed(capsys, "law", "diff", "CN", *code, "--from", days[0], "--to", days[1])
        assert msgspec.convert(answer, LawDiff).object == "law_diff"


def test_every_economy_is_there_and_every_pack_with_its_counts(
    server: Server, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = msgspec.convert(got(server, "/v1/economies"), Economies)
    world = app.library().world.economies
    assert [(each.economy, each.title, each.currency) for each in answer.data] == [
        (code, title, currency) for code, (title, currency, _pack) in sorted(world.items())
    ]
    assert {each.economy for each in answer.data if each.pack == "eu"} == set(app.library().law("DE", DAY).economies)
    listed = {each["id"]: each for each in typed(capsys, "packs")["data"]}
    assert [each.pack for each in answer.packs] == list(listed)
    for each in answer.packs:
        counted = listed[each.pack]
        assert msgspec.to_builtins(each.trust) == counted["trust"]
        assert (each.rows, each.lines, each.currency) == (counted["rows"], counted["lines"], counted["currency"])
        assert each.schedules == []


def test_added_schedules_are_listed_and_applied(tmp_path: Path) -> None:
    good, bad = tmp_path / "schedules" / "zz" / "spring", tmp_path / "schedules" / "zz" / "torn"
    good.mkdir(parents=True)
    (good / "layer.toml").write_text(
        'format = 1\n[layer]\npack = "zz"\nid = "spring"\nkind = "schedule"\ntrust = "published"\ntitle = "Spring"\n'
        'since = 2026-05-01\nreplaces = ["mfn"]\n[source.schedule]\ntitle = "Spring"\nauthority = "Customs"\n'
    )
    (good / "tariff.csv").write_text(
        "goods,treatment,rate,since,until,cite,trust\n69111000,mfn,7 %,2026-05-01,,schedule,published\n"
    )
    with run_server(tmp_path) as server:
        rows = got(server, "/v1/law/ZZ/69111000?on=2026-06-01")
        assert [layer["id"] for layer in rows["layers"]] == ["spring"]
        assert any(row["says"] == "7 %" for row in rows["rows"])
        assert got(server, "/v1/law/ZZ/69111000?on=2026-03-01")["layers"] == []
        bad.mkdir()
        (bad / "layer.toml").write_text("torn [")
        (zz,) = (each for each in got(server, "/v1/economies")["packs"] if each["pack"] == "zz")
        assert [(each["id"], each["since"], bool(each["fault"])) for each in zz["schedules"]] == [
            ("zz/torn", None, True),
            ("zz/spring", "2026-05-01", False),
        ]
        assert str(tmp_path) not in server.get("/v1/economies").text


def test_a_faulty_schedule_disables_its_own_economy_only(tmp_path: Path) -> None:
    bad = tmp_path / "schedules" / "zz" / "torn"
    bad.mkdir(parents=True)
    (bad / "layer.toml").write_text("torn [")
    with run_server(tmp_path) as server:
        answer = server.get("/v1/law/ZZ/69111000")
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "pack_faults")
        assert server.get("/v1/goods?q=tea&economy=ZZ").status_code == 503
        assert str(tmp_path) not in answer.text
        assert got(server, "/v1/goods?q=tea")["data"]
        assert got(server, "/v1/law/CN/0902")["rows"]


def test_the_ways_into_china_are_those_of_its_pack(server: Server) -> None:
    answer = got(server, f"/v1/ways?economy=CN&on={DAY}")
    ways = {each.id: each for each in msgspec.convert(answer, Ways).data}
    law = app.library().law("CN", DAY)
    assert list(ways) == [regime.id for regime in law.regimes]
    retail = ways["retail"]
    assert (retail.buyer, retail.channel, retail.of) == (["consumer"], ["ecommerce"], "goods")
    assert "The order is worth at most CNY 5,000." in [each.says for each in retail.conditions]
    vat = next(each for each in retail.charges if each.id == "vat")
    # Notice Caiguanshui 2016 No. 18: within the limits 70 % of the VAT and consumption tax are owed, and no duty.
    assert (vat.factor, vat.kind, vat.rate_from, vat.base) == (
        "0.7",
        "vat",
        "tax",
        ["customs_value", "consumption_tax"],
    )
    assert next(each.rate for each in retail.charges if each.id == "duty") in ("free", "0 %")
    relief = next(each for each in ways["personal"].reliefs if each.id == "articles_50")
    assert (relief.amount, relief.currency, relief.below, relief.measured) == ("50", "CNY", False, ["articles_tax"])
    for way in ways.values():
        for said in (way, *way.conditions, *way.charges, *way.reliefs):
            assert said.since <= str(DAY) < (said.until or "9")
            assert said.sources
            assert said.trust in ("official", "published", "unchecked")


def test_every_pack_has_procedures(server: Server) -> None:
    for pack in app.library().ids():
        economy = min(app.library().law_of(pack, DAY).economies)
        assert msgspec.convert(got(server, f"/v1/ways?economy={economy}&on={DAY}"), Ways).data


def test_the_agreements_between_two_economies(server: Server) -> None:
    answer = got(server, "/v1/agreements?economy=VN&partner=CN&on=2026-04-01")
    assert [each["id"] for each in answer["in_force"]] == ["rcep_ecommerce", "silk_road_ecommerce"]
    capabilities = {each["name"]: each for each in answer["capabilities"]}
    assert capabilities["documents"]["effects"] == {"legal_effect": False, "signature_recognized": True}
    cited = {"agreement": "rcep_ecommerce", "article": "12.6", "topic": "e_signature", "trust": "unchecked"}
    assert capabilities["documents"]["articles"] == [{**cited, "since": ["2022-01-01", "2022-01-01"]}]
    lapsed = next(each for each in answer["not_in_force"] if each["id"] == "wto_moratorium")
    assert (lapsed["reason"], lapsed["since"]) == ("lapsed", "2026-04-01")
    rows = [row for each in answer["in_force"] for row in (*each["parties"], *each["articles"])]
    assert all(set(row["sources"]) <= set(answer["sources"]) for row in rows)
    # An economy without a pack has agreements too.
    assert (
        got(server, "/v1/agreements?economy=CN&partner=CL&on=2026-04-01")["in_force"][0]["id"] == "silk_road_ecommerce"
    )


def test_the_etag_changes_with_the_law(server: Server) -> None:
    path = f"/v1/law/CN/0901?on={DAY}"
    etag = server.get(path).headers["etag"]
    assert server.get(path).headers["etag"] == etag
    for known in (etag, f'"x", {etag}', "*"):
        again = server.get(path, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    for other in (f"/v1/law/CN/0902?on={DAY}", "/v1/law/CN/0901?on=2026-03-02", f"/v1/ways?economy=CN&on={DAY}"):
        assert server.get(other).headers["etag"] != etag
        assert server.get(other, headers={"If-None-Match": etag}).status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "code", "param"),
    [
        ("/v1/law/QQ/0901", 404, "unknown_economy", "economy"),
        ("/v1/law/Atlantis/0901", 404, "unknown_economy", "economy"),
        ("/v1/law/BR/0901", 404, "no_law", "economy"),
        ("/v1/law/CN/9", 422, "invalid_hs_code", "code"),
        ("/v1/law/CN/09012100001", 422, "invalid_hs_code", "code"),
        ("/v1/law/CN/chocolate", 422, "invalid_hs_code", "code"),
        ("/v1/law/CN/%00", 422, "invalid_hs_code", "code"),
        ("/v1/law/CN/0901?on=tomorrow", 422, "invalid", "on"),
        ("/v1/law/CN/0901?on=2026-02-30", 422, "invalid", "on"),
        ("/v1/law/CN/0901?on=20260301", 422, "invalid", "on"),
        ("/v1/law/CN/0901?on=2026-W10-7", 422, "invalid", "on"),
        ("/v1/law/CN/0901?on=", 422, "invalid", "on"),
        ("/v1/law/CN/diff", 422, "invalid", "from"),
        ("/v1/law/CN/diff?from=2026-01-01", 422, "invalid", "to"),
        ("/v1/law/CN/diff?from=2026-01-01&to=2026-01-01", 422, "invalid", "from"),
        ("/v1/law/CN/diff?from=2026-01-01&to=2026-01-02&code=x", 422, "invalid_hs_code", "code"),
        ("/v1/law/XX/diff?from=2026-01-01&to=2026-01-02", 404, "unknown_economy", "economy"),
        ("/v1/agreements?economy=VN", 422, "invalid", "partner"),
        ("/v1/agreements?economy=VN&partner=QQ", 404, "unknown_economy", "partner"),
        ("/v1/agreements?economy=VN&partner=vn", 422, "invalid", "partner"),
        ("/v1/ways", 422, "invalid", "economy"),
        ("/v1/ways?economy=QQ", 404, "unknown_economy", "economy"),
        ("/v1/ways?economy=CN&on=0000-01-01", 422, "invalid", "on"),
    ],
)
def test_invalid_parameters_are_refused(server: Server, path: str, status: int, code: str, param: str) -> None:
    answer = server.get(path)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["param"]) == (status, code, param)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", 'The parameter "q" is required.'),
        ("q=" + "x" * 501, 'The parameter "q" must have at most 500 characters.'),
        ("q=coffee&limit=many", 'The parameter "limit" must be a whole number, for example 20.'),
        ("q=coffee&limit=2.5", 'The parameter "limit" must be a whole number, for example 20.'),
        ("q=coffee&limit=" + "9" * 5_000, 'The parameter "limit" must be a whole number, for example 20.'),
        ("q=coffee&limit=0", 'The parameter "limit" must be at least 1.'),
        ("q=coffee&limit=101", 'The parameter "limit" must be at most 100.'),
    ],
)
def test_messages_about_parameters_are_our_own(server: Server, query: str, says: str) -> None:
    answer = server.get(f"/v1/goods?{query}")
    assert (answer.status_code, answer.json()["error"]["message"]) == (422, says)


@pytest.mark.parametrize("day", ["0001-01-01", "1899-12-31", "9999-12-31"])
def test_the_first_and_the_last_day_are_accepted(server: Server, day: str) -> None:
    assert server.get(f"/v1/law/CN/0901?on={day}").status_code == 200
    assert server.get(f"/v1/ways?economy=CN&on={day}").status_code == 200


def test_the_openapi_document_has_the_schemas(server: Server) -> None:
    document = got(server, "/v1/openapi.json")
    schemas = document["components"]["schemas"]
    for path, name in {
        "/v1/goods": "GoodsFound",
        "/v1/law/{economy}/{code}": "LawOf",
        "/v1/law/{economy}/diff": "LawDiff",
        "/v1/economies": "Economies",
        "/v1/ways": "Ways",
        "/v1/agreements": "AgreementsBetween",
    }.items():
        answers = document["paths"][path]["get"]["responses"]
        assert answers["200"]["content"]["application/json"]["schema"] == {"$ref": f"#/components/schemas/{name}"}
        assert name in schemas
        assert {"304", "401", "403", "429"} <= set(answers)
    # What each refers to is there.
    text = json.dumps(document)
    wanted = {part.partition('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert wanted <= set(schemas)
    assert set(schemas["LawDiff"]["properties"]) == {"object", "pack", "from", "to", "code", "rows"}


@pytest.mark.parametrize(
    "path",
    [
        "/v1/economies",
        "/v1/goods?q=tea",
        "/v1/ways?economy=CN",
        "/v1/agreements?economy=VN&partner=CN",
        "/v1/law/CN/0902",
        "/v1/law/CN/diff?from=2026-01-01&to=2026-01-02",
    ],
)
def test_reading_law_needs_the_scope(server: Server, path: str) -> None:
    for scope, status in (("law", 200), ("quotes", 403)):
        assert server.get(path, headers=server.key(scope)).status_code == status
    assert server.get(path, headers={"Authorization": "Bearer nonsense"}).status_code == 401


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/v1/law/CN/0901.21?date=2019-01-01", 'Unknown parameter "date". Known parameters: on, language.'),
        ("/v1/goods?q=tea&econonmy=CN", 'Unknown parameter "econonmy". Did you mean "economy"?'),
        ("/v1/law/CN/diff?from=2026-01-01&to=2026-03-01&on=x", "Known parameters: from, to, code."),
        ("/v1/ways?economy=CN&On=2026-03-01", 'Unknown parameter "On". Known parameters: economy, on, language.'),
        ("/v1/economies?x", 'Unknown parameter "x". This operation has no query parameters.'),
        ("/v1/health?x=1", "This operation has no query parameters."),
        ("/v1/metrics?x=1", "This operation has no query parameters."),
        ("/v1/openapi.json?x=1", "This operation has no query parameters."),
        ("/v1/quotes/qt_1?x=1", 'Unknown parameter "x". Known parameters: fields, language.'),
        ("/v1/quotes/qt_1/check?store=false", "This operation has no query parameters."),
    ],
)
def test_undeclared_parameters_are_refused(server: Server, path: str, says: str) -> None:
    for answer in (server.get(path), httpx.head(server.url + path, timeout=60)):
        assert answer.status_code == 422
    error = server.get(path).json()["error"]
    assert error["code"] == "unknown_field"
    assert 'Unknown parameter "' + error["param"] + '"' in error["message"]
    assert says in error["message"]


def test_each_operation_refuses_undeclared_parameters(server: Server) -> None:
    named = {"economy": "CN", "code": "0901", "number": "qt_1", "name": "quote", "month": "2026-03", "currency": "CNY"}
    for path, methods in server.get("/v1/openapi.json").json()["paths"].items():
        for method in methods:
            answer = httpx.request(method, server.url + path.format_map(named) + "?zz=1", timeout=60)
            assert (answer.status_code, answer.json()["error"]["code"]) == (422, "unknown_field"), (method, path)


@pytest.mark.parametrize(
    "path",
    [
        "/v1/goods?q=tea&q=rice",
        "/v1/law/CN/0901?on=2026-03-01&on=2026-03-01",
        "/v1/ways?economy=CN&economy=VN",
        "/v1/law/CN/diff?from=2026-01-01&from=2026-02-01&to=2026-03-01",
    ],
)
def test_repeated_parameters_are_refused(server: Server, path: str) -> None:
    error = server.get(path).json()["error"]
    assert error["code"] == "duplicate_field"
    assert "is given 2 times" in error["message"]


def test_a_method_that_is_not_allowed_is_reported_before_its_parameters(server: Server) -> None:
    assert httpx.delete(f"{server.url}/v1/economies?x=1", timeout=60).status_code == 405


def test_pages_ignore_parameters_that_they_do_not_know(server: Server) -> None:
    for path in ("/en/?utm_source=x", "/en/law/CN/0901?utm_source=x"):
        assert server.get(path).status_code == 200
