"""The options of a choice as HTML: each value once, the chosen one marked, and nothing that is not escaped."""

from __future__ import annotations

import pytest

from entrepot.web.pages.form_fields import Field


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("VN", '<option selected value="VN">Vietnam\n<option>CNY\n<option>CN\n'),
        ("CN", '<option value="VN">Vietnam\n<option>CNY\n<option selected>CN\n'),
        ("CNY", '<option value="VN">Vietnam\n<option selected>CNY\n<option>CN\n'),
        ("XX", '<option value="VN">Vietnam\n<option>CNY\n<option>CN\n'),
        ("", '<option value="VN">Vietnam\n<option>CNY\n<option>CN\n'),
    ],
)
def test_the_chosen_option_is_marked(value: str, expected: str) -> None:
    choices = [("VN", "Vietnam"), ("CNY", "CNY"), ("CN", "CN")]
    assert Field("x", "X", value, "", "choice", "", choices).options == expected


def test_options_are_escaped() -> None:
    choices = [('"><script>', "<b>"), ("&", "&")]
    for value in ("", '"><script>', "&"):
        options = Field("x", "X", value, "", "choice", "", choices).options
        assert "<script>" not in options
        assert "<b>" not in options
        assert options.count("<option") == len(choices)
        assert options.count(" selected") == bool(value)
