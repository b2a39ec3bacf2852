"""The Chinese names of China's lines are whole: none ends in the middle of a word, in a bracket or at a comma."""

from __future__ import annotations

import csv
import re

from entrepot.law.library import packs_folder


def test_no_chinese_name_is_cut() -> None:
    with (packs_folder() / "cn" / "goods.csv").open(encoding="utf-8", newline="") as stream:
        rows = [(row["goods"], row["name_zh"]) for row in csv.DictReader(stream)]
    assert len(rows) > 2500
    for code, name in rows:
        assert "截断" not in name, code
        for begin, end in ("（）", "()", "［］", "[]", "“”"):
            assert name.count(begin) == name.count(end), (code, name)
        # Names whose end is not known say so.
        assert not re.search(r"[及或和与但，、；：]$", name), (code, name)
