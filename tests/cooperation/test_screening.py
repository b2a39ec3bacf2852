"""Screening: labelled pairs in twelve scripts, what else is known of a party, and that the index loses nothing.

The pairs are of our own making: invented persons and firms, each with what a person who knows the script says of it.
"""

from __future__ import annotations

import csv
import random
from pathlib import Path

import pytest

pytest.importorskip("rapidfuzz", reason="screening is not installed")
pytest.importorskip("pypinyin", reason="screening is not installed")

from entrepot.cooperation.screening.entries import Entry, ListedName, Party
from entrepot.cooperation.screening.index import NameIndex, Row
from entrepot.cooperation.screening.names import Form, forms_of
from entrepot.cooperation.screening.screen import screen

PAIRS = list(csv.DictReader((Path(__file__).parent / "screening_pairs.csv").read_text("utf-8").splitlines()))


def entry(*names: str, quality: str = "primary", **more: object) -> Entry:
    listed = tuple(ListedName(name, quality) for name in names)
    return Entry(id="1", kind="person", names=listed, **more)  # type: ignore[arg-type]


def outcome(listed: Entry, name: str, **more: object) -> str:
    return screen(NameIndex([listed]), Party(names=(name,), **more)).outcome  # type: ignore[arg-type]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair["why"])
def test_a_labelled_pair(pair: dict[str, str]) -> None:
    assert outcome(entry(pair["listed"]), pair["query"]) == pair["expected"]


def test_a_native_name_beside_a_latin_one_makes_both_comparable() -> None:
    both = entry("SOK Dara", "សុខ ដារា")
    assert outcome(both, "សុខ ដារា") == "hit"
    assert outcome(both, "ជា សុភា") == "no_hit"
    party = Party(names=("សុខ ដារា", "Sok Dara"))
    assert screen(NameIndex([entry("SOK Dara")]), party).outcome == "hit"


def test_names_in_characters_of_japan_are_not_read_as_chinese() -> None:
    listed = entry("YAMADA Taro")
    assert outcome(listed, "山田太郎", country="JP") == "not_comparable"
    result = screen(NameIndex([listed]), Party(names=("山田太郎",)))
    assert (result.outcome, result.assumed) == ("no_hit", ("read_as_chinese",))


def test_a_short_name_of_a_firm_in_chinese_characters_is_no_reading_of_its_latin_name() -> None:
    assert outcome(entry("HUAWEI"), "华为", kind="organization") == "hit"
    assert outcome(entry("GOLDEN Star"), "金星", kind="organization") == "not_comparable"
    assert outcome(entry("GOLDEN Star"), "金星", kind="person") == "no_hit"


def test_birth_and_kind_are_doubts_and_an_identifier_decides() -> None:
    listed = entry("ZHANG Wei", births=("1970-05-01",), identifiers=("G 1234567",))
    assert outcome(listed, "Zhang Wei", birth="1971") == "hit"
    assert outcome(listed, "Zhang Wei", birth="1990-01-01") == "no_hit"
    assert outcome(listed, "Somebody Else", identifiers=("g1234567",)) == "hit"
    assert outcome(entry("GOLDEN Star"), "Golden Stars", kind="organization") == "no_hit"
    assert outcome(entry("ZHANG Wei", identifiers=("-",)), "Somebody Else", identifiers=("--",)) == "no_hit"


def test_a_weak_alias_is_no_hit_alone() -> None:
    weak = entry("The Engineer", quality="weak", births=("1970",))
    assert outcome(weak, "The Engineer") == "no_hit"
    assert outcome(weak, "The Engineer", birth="1970") == "hit"


def test_the_reasons_of_a_hit_are_kept() -> None:
    index = NameIndex([entry("ZHANG Wei", births=("1970",), countries=("CN",))])
    (match,) = screen(index, Party(names=("Wei Zhang",), birth="1970", country="CN")).matches
    assert (match.score, match.name) == (100, "ZHANG Wei")
    assert {"birth_agrees", "country_agrees"} <= set(match.because)


@pytest.mark.parametrize("name", ["", "  ", "123", "☃", "x" * 500, "a " * 300, "\u200b", "'"])
def test_names_of_any_form_are_compared_without_an_error(name: str) -> None:
    assert screen(NameIndex([entry("ZHANG Wei")]), Party(names=(name,))).outcome in {"no_hit", "not_comparable"}


def test_the_index_finds_what_comparing_all_finds() -> None:
    draw = random.Random(5)
    given = ["Ahmad", "Maria", "Vladimir", "Thi Hong", "Somchai", "Jonathan", "Katherine", "Minghao", "Dara", "Yusuf"]
    family = ["Petrov", "Garcia", "Nguyen", "Whitmore", "Rahman", "Smithson", "Zhang", "Phommasane", "Jaidee", "Keo"]
    names = [f"{first} {last}" for first in given for last in family]
    index = NameIndex([Entry(id=str(at), kind="person", names=(ListedName(name),)) for at, name in enumerate(names)])
    whole = index.rows

    class All(NameIndex):
        def candidates(self, form: Form) -> list[Row]:  # noqa: ARG002  # all are
            return whole

    everything = All(index.entries)
    lost = 0
    for _turn in range(200):
        name = draw.choice(names)
        place = draw.choice([at for at, char in enumerate(name) if at and char != " "])
        typed = name[:place] + draw.choice(["", name[place], "e", "n"]) + name[place + 1 :]
        party = Party(names=(typed,))
        want, have = ({match.name for match in screen(each, party).matches} for each in (everything, index))
        lost += name in want - have
    assert lost <= 2  # of 200 names with a wrong letter: one in a hundred at most


def test_forms_of_one_script_are_one() -> None:
    assert [form.script for form in forms_of("NGUYEN VAN A")] == ["latin"]
