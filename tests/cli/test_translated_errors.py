"""Errors of a sale are in the user's language on the terminal; the JSON stays in English."""

from __future__ import annotations

import json
import string
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import entrepot as library
from base_sale import BASE, changed
from cli import texts
from entrepot.goods.described import unusable
from entrepot.language import catalogue, translate
from entrepot.language.translate import error_text, speaking
from entrepot.model import errors
from entrepot.model.errors import in_quotes

Run = Callable[..., Any]

OTHERS = [name for name in catalogue.LANGUAGES if name != "en"]
#: Errors of each kind: in a place, a code, an amount, a currency, a word, a rate, a field, a value of the wrong type.
WRONG = [
    ("ship_to.country", "zzz"),
    ("ship_to.country", "BR"),
    ("lines.1.country_of_origin", "UX"),
    ("lines.1.hs_code", "coffee"),
    ("lines.1.hs_code", 90121),
    ("lines.1.amount", "0"),
    ("lines.1.amount", "0.001"),
    ("lines.1.amount", "a hundred"),
    ("lines.1.quantity", "0"),
    ("currency", "ZZX"),
    ("exchange_rates", {"USD": "0"}),
    ("lines.1.proof_of_origin", "zz_ftaa"),
    ("lines.1.rates", {"dutty": "5 %"}),
    ("lines.1.rates", {"duty": "five"}),
    ("lines.1.rates", {"duty": "5 ZZD/stone"}),
    ("lines.1.rates", {"duty": ""}),
    ("incoterm", "CNF"),
    ("date", "yesterday"),
    ("lines.1.amuont", "5"),
    ("discount_amount", "200.00"),
    ("lines", []),
]


@pytest.fixture(autouse=True)
def _reset_language() -> Iterator[None]:
    yield
    translate.use_language("en")


def error_of(sale: Any) -> library.SaleError:
    with pytest.raises(library.SaleError) as error:
        library.quote(sale)
    return error.value


def placeholders(template: str) -> list[tuple[str, str | None, str | None]]:
    return sorted(
        (name, spec or "", way or "") for _, name, spec, way in string.Formatter().parse(template) if name is not None
    )


@pytest.fixture(scope="module")
def templates() -> list[str]:
    """Every template. Not read when tests are collected, which each process does: that parses all modules."""
    return sorted({template for _, template in texts.templates() if template is not None} | {errors.SUGGESTION})


def test_every_error_has_a_literal_template() -> None:
    assert [place for place, template in texts.templates() if template is None] == []


def test_templates_have_only_named_placeholders(templates: list[str]) -> None:
    assert len(templates) > 300
    assert [
        template
        for template in templates
        if not all(name.isidentifier() and not spec for name, spec, _ in placeholders(template))
    ] == []


@pytest.mark.parametrize("language", OTHERS)
def test_templates_have_the_same_placeholders_in_every_language(templates: list[str], language: str) -> None:
    said = catalogue.catalogue(language)
    words = [template for template in templates if template not in texts.WHOLE]
    assert [template for template in words if template not in said or said[template] == template] == []
    assert [template for template in words if placeholders(said[template]) != placeholders(template)] == []


@pytest.mark.parametrize(("path", "value"), WRONG)
def test_an_error_is_translated_into_every_language(path: str, value: Any) -> None:
    error = error_of(changed(path, value))
    assert translate.error_text(error) == error.message == str(error)
    said = {error.message}
    for language in OTHERS:
        translate.use_language(language)
        said.add(translate.error_text(error))
        assert not any(word in translate.error_text(error) for word in (" is ", " no ", "Did you mean", "Known:"))
    assert len(said) == len(catalogue.LANGUAGES)
    assert error.message == str(error) == error.envelope()["error"]["message"]


@pytest.mark.parametrize("hostile", ["{0.__class__}", "{word.__class__!r}", "{", "}", "{}", "{{word}}", "{why}"])
@pytest.mark.parametrize(
    "path", ["ship_to.country", "currency", "lines.1.hs_code", "incoterm", "lines.1.tax_class", "date"]
)
def test_braces_of_a_caller_are_not_formatted(path: str, hostile: str) -> None:
    error = error_of(changed(path, hostile))
    for language in catalogue.LANGUAGES:
        translate.use_language(language)
        assert path == "date" or in_quotes(hostile) in translate.error_text(error)


def test_braces_in_a_field_or_a_rate_are_not_formatted() -> None:
    for sale in (changed("{code}", "5"), changed("lines.1.rates", {"duty": "{rate}"}), {**BASE, "{0}": 1}):
        error = error_of(sale)
        for language in catalogue.LANGUAGES:
            translate.use_language(language)
            assert "{" in translate.error_text(error)


def test_a_text_without_values_is_unchanged() -> None:
    assert errors.LawError("There is no folder {path}.").message == "There is no folder {path}."


@pytest.mark.parametrize(
    ("language", "says"),
    [
        ("zh", '错误： "09x" 不是协调制度编码：请写 6 至 10 位数字，例如 0901.21。 (--hs)\n'),
        ("vi", 'lỗi: "09x" không phải là mã Hệ thống hài hòa: hãy viết 6 đến 10 chữ số, ví dụ 0901.21. (--hs)\n'),
        ("th", 'ข้อผิดพลาด: "09x" ไม่ใช่พิกัดศุลกากรระบบฮาร์โมไนซ์: โปรดเขียน 6 ถึง 10 หลัก เช่น 0901.21 (--hs)\n'),
        ("km", 'កំហុស៖ "09x" មិនមែនជាលេខកូដប្រព័ន្ធសុខដុមទេ៖ សូមសរសេរ 6 ដល់ 10 ខ្ទង់ ដូចជា 0901.21។ (--hs)\n'),
    ],
    ids=OTHERS,
)
def test_the_command_line_translates_errors_and_its_json_stays_english(
    entrepot: Run, monkeypatch: pytest.MonkeyPatch, language: str, says: str
) -> None:
    words = ("quote", "--from", "VN", "--to", "CN", "--hs", "09x", "--amount", "100 CNY")
    english = entrepot(*words, "--json").out
    monkeypatch.setenv("ENTREPOT_LANG", language)
    assert entrepot(*words).err == says
    in_json = entrepot(*words, "--json")
    assert (in_json.code, in_json.out, in_json.err) == (3, english, "")
    assert "not a code of the Harmonized System" in json.loads(in_json.out)["error"]["message"]


def test_errors_without_law_are_translated(entrepot: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    english = entrepot("law", "BR", "090121", "--json").out
    monkeypatch.setenv("ENTREPOT_LANG", "vi")
    for words in (
        ("law", "BR", "090121"),
        ("quote", "--from", "VN", "--to", "BR", "--hs", "0901.21", "--amount", "1 CNY"),
    ):
        ended = entrepot(*words)
        assert ended.code == 5
        assert "Không gói luật nào có luật của Brazil (BR)." in ended.err
    assert entrepot("law", "BR", "090121", "--json").out == english
    assert "Không có gói luật trong" in entrepot("packs", "--packs", str(tmp_path)).err
    near = entrepot("quote", "--from", "vietnm", "--to", "CN", "--hs", "0901.21", "--amount", "1 CNY").err
    assert 'Có phải ý bạn là "Vietnam"?' in near


def test_the_error_of_a_table_row_is_translated(entrepot: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table, answered = tmp_path / "sales.csv", tmp_path / "answered.parquet"
    table.write_text(
        "ship_from_country,ship_to_country,currency,hs_code,amount,date\nVN,CN,CNY,coffee,100,2026-03-01\n"
    )
    monkeypatch.setenv("ENTREPOT_LANG", "th")
    entrepot("batch", str(table), "--to", str(answered))
    told = entrepot("batch", "explain", str(answered), "--row", "1")
    assert '"coffee"ไม่ใช่พิกัดศุลกากรระบบฮาร์โมไนซ์' in "".join(told.out.split())
    assert "not a code of the Harmonized System" not in told.out


def test_errors_of_a_table_as_a_whole_are_translated(
    entrepot: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENTREPOT_LANG", "vi")
    ended = entrepot("batch", "none.csv", "--to", "out.csv")
    assert (ended.code, "none.csv không tồn tại" in ended.err) == (2, True)
    (tmp_path / "twice.csv").write_text("amount,amount\n1,2\n")
    ended = entrepot("batch", "twice.csv", "--to", "out.csv")
    assert (ended.code, 'Nhiều cột có tên "amount"' in ended.err) == (3, True)
    in_json = entrepot("batch", "twice.csv", "--to", "out.csv", "--json")
    assert 'Several columns have the name \\"amount\\"' in in_json.out


# The names of economies are those of the Unicode CLDR.
@pytest.mark.parametrize(
    ("language", "canada", "russia", "union"),
    [
        ("zh", "加拿大", "俄罗斯", "欧盟"),
        ("vi", "Canada", "Nga", "Liên Minh Châu Âu"),
        ("th", "แคนาดา", "รัสเซีย", "สหภาพยุโรป"),
        ("km", "កាណាដា", "រុស្ស៊ី", "សហភាព\u200bអឺរ៉ុប"),
    ],
    ids=OTHERS,
)
def test_errors_name_economies_in_the_language_of_the_reader(
    entrepot: Run, monkeypatch: pytest.MonkeyPatch, language: str, canada: str, russia: str, union: str
) -> None:
    monkeypatch.setenv("ENTREPOT_LANG", language)
    words = ("quote", "--from", "VN", "--hs", "0901.21", "--amount", "1 CNY", "--to")
    assert canada in entrepot(*words, "CA", "--state", "XX").err
    assert russia in entrepot(*words, "RU").err
    assert union in entrepot(*words, "DE", "--assert", "nothing_of_this_name").err
    assert canada in entrepot(*words, "CA", "--assert", "nothing_of_this_name").err
    told = entrepot(*words, "CA", "--state", "XX", "--json")
    assert "is not a state or province of Canada. Known: AB (Alberta), BC" in json.loads(told.out)["error"]["message"]


def test_an_error_lists_states_in_the_language_of_the_reader(entrepot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    words = ("quote", "--from", "VN", "--to", "CA", "--hs", "0901.21", "--amount", "1 CNY", "--state", "XX")
    monkeypatch.setenv("ENTREPOT_LANG", "zh")
    assert "ON (安大略)" in entrepot(*words).err
    monkeypatch.setenv("ENTREPOT_LANG", "km")  # of which the packs have no names of Canada's provinces
    assert "ON (Ontario)" in entrepot(*words).err


def test_what_the_words_of_a_service_may_mean_is_in_the_language_of_the_reader() -> None:
    with speaking("vi"):
        assert error_text(unusable("service", "online course")).endswith("Có thể là: live_teaching, recorded_courses.")
        assert error_text(unusable("service", "coffee subscription")).endswith('chỉ ghi đó là hàng gì: "coffee".')


@pytest.mark.parametrize(
    "words",
    [
        ("qoute",),
        ("nothing",),
        ("trade",),
        ("ledger", "nothing"),
        ("batch",),
        ("quote", "--colour"),
        ("quote", "--nothing-like-it"),
        ("quote", "--hs"),
        ("quote", "--json=1"),
        ("demo", "more"),
    ],
)
@pytest.mark.parametrize("language", OTHERS)
def test_errors_of_the_command_line_are_in_the_language_of_the_reader(
    entrepot: Run, monkeypatch: pytest.MonkeyPatch, language: str, words: tuple[str, ...]
) -> None:
    """What typer says in English is shown with its values: the words of the sentence are those of the language."""
    monkeypatch.setenv("ENTREPOT_LANG", language)
    said = entrepot(*words)
    assert said.code == 2
    monkeypatch.setenv("ENTREPOT_LANG", "en")
    english = entrepot(*words).err
    for word in ("No such", "Did you mean", "Possible", "Missing", "requires", "does not take", "unexpected"):
        assert word not in said.err, said.err
    assert said.err != english


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("trade",), "Commands: demo, sandbox."),
        (("quote", "--from", "VN", "--to", "WA"), "--to AU --state WA or --to US --state WA."),
        (("goods", "coffee", "--to", "WA"), "Give its country: --to AU or --to US."),
        (("law", "ON", "0901.21"), "Give its country: CA."),
        (("classify", "nothing.csv"), "File nothing.csv does not exist."),
        (("law", "0901.21", "--to", "CN"), "for example: entrepot law CN 0901.21."),
    ],
)
def test_an_error_says_what_to_type(entrepot: Run, words: tuple[str, ...], says: str) -> None:
    more = ("--hs", "0901.21", "--amount", "1 CNY") if words[0] == "quote" else ()
    assert says in entrepot(*words, *more).err


def test_json_that_cannot_be_read_is_explained(entrepot: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "sale.json"
    file.write_text('{"currency": "CNY",}')
    assert "there is a comma before a closing bracket: remove it" in entrepot("quote", str(file)).err
    monkeypatch.setenv("ENTREPOT_LANG", "vi")
    assert "có dấu phẩy trước ngoặc đóng" in entrepot("quote", str(file)).err
