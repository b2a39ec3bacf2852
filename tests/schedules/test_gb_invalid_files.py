"""Files that are not commodity documents of the UK Trade Tariff."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot.model.errors import ScheduleError
from entrepot.schedules.formats.gb.reader import read
from entrepot.schedules.parsed import ReadOptions
from uk_documents import GB, make_document, write_document


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("../../uk/commodities/0702000007.json", "cannot be read as JSON"),
        ("[" * 100_000, "cannot be read as JSON"),
        ("{}", "goods_nomenclature_item_id"),
        ({"data": {"id": "1", "attributes": {}}}, "goods_nomenclature_item_id"),
        ({"data": {"id": "1", "relationships": {"import_measures": {"data": [{"type": "measure", "id": "2"}]}}}},
         "measure 2 is named and not included"),
        ({"data": 3}, "not a commodity document"),
        ({**make_document(), "declarable": False}, "lines below it"),
        ({**make_document(), "goods_nomenclature_item_id": "07"}, "ten digits"),
        (make_document(effective_start_date="soon"), "soon"),
        (make_document(effective_end_date="9999-12-31"), "not a commodity document"),
        (make_document(effective_end_date="2025-12-01"), "ends before it begins"),
        (make_document(meta={"duty_calculator": True}), "duty_calculator"),
        ([{"id": "NI"}], "list of groups"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_a_document_is_refused(content: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match=says) as caught:
        read([write_document(tmp_path, content)], GB)
    assert caught.value.file == "made.json"


def test_the_day_is_required(tmp_path: Path) -> None:
    with pytest.raises(ScheduleError, match="on which day it was downloaded"):
        read([write_document(tmp_path, make_document())], ReadOptions(pack="gb"))
    with pytest.raises(ScheduleError, match="cannot be read"):
        read([tmp_path / "gone.json"], GB)
