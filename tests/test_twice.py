"""A name that an object gives twice is found wherever it stands, and none is found where there is none."""

from __future__ import annotations

import json
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from entrepot.twice import twice

NAMES = st.sampled_from(['"a"', '"\\u0061"', '"b"', '"c:d"', '"\\":"', '" :"'])
SPACE = st.sampled_from(["", " ", "\t", "\n", "\r"])
VALUES = st.sampled_from(["1", "0.5e3", "null", '"a"', '"a: b"', '"\\":"', '"\\n :"'])


def objects(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    field = st.builds(
        lambda name, before, behind, value: f"{name}{before}:{behind}{value}", NAMES, SPACE, SPACE, values
    )
    return st.lists(field, max_size=4).map(lambda fields: "{" + ",".join(fields) + "}")


def lists(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda each: "[" + ",".join(each) + "]")


ANY = st.recursive(VALUES, lambda inner: objects(inner) | lists(inner), max_leaves=12)


@given(objects(ANY))
def test_a_name_is_found_where_it_is_given_twice_and_nowhere_else(text: str) -> None:
    repeated: list[str] = []

    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        repeated.extend(name for name in names if names.count(name) > 1)
        return dict(pairs)

    json.loads(text, object_pairs_hook=noted)
    found = twice(text.encode(), msgspec.json.decode(text))
    assert (found is not None) == bool(repeated)
    assert found is None or any(found.endswith(name) for name in repeated)


def test_a_long_name_over_many_values_takes_no_more_than_its_text() -> None:
    text = b'{"' + b"k" * 200_000 + b'":[' + b",".join([b"[]"] * 50_000) + b'],"x":"\\":"}'
    assert twice(text, msgspec.json.decode(text)) is None
