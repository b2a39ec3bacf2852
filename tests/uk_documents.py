"""Commodity documents of the UK Trade Tariff for the tests: where they are, and how to make one."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import official_files
from entrepot.schedules.formats.gb.reader import read
from entrepot.schedules.parsed import ParsedSchedule, ReadOptions

ROOT = Path(__file__).resolve().parents[1]
DATA = official_files.DATA / "uk"
SINCE = dt.date(2026, 11, 24)
GB = ReadOptions(pack="gb", since=SINCE)
needs_documents = official_files.needs(DATA)

# Two of the ten files are unresolved links: they contain the address of another file, not a document.
DOCUMENTS = [path for path in sorted(DATA.glob("*/commodities/*.json")) if path.stat().st_size > 100]


def document_path(name: str) -> Path:
    return DATA / "uk" / "commodities" / f"{name}.json"


def rows(reading: ParsedSchedule, treatment: str) -> list[tuple[Any, ...]]:
    found = [row for row in reading.rows if row.treatment == treatment]
    return [(row.rate, row.origin, row.scope, str(row.since), str(row.until or "")) for row in found]


def make_document(**changes: Any) -> dict[str, Any]:
    """A document with one measure: 8 % for all origins."""
    measure = {
        "id": 1,
        "effective_start_date": "2026-01-01T00:00:00.000Z",
        "duty_expression": {"base": "8.00 %"},
        "measure_type": {"id": "103", "description": "Third country duty", "measure_type_series_id": "C"},
        "measure_components": [{"duty_expression_id": "01", "duty_amount": 8.0}],
        "geographical_area": {"id": "1011", "description": "ERGA OMNES"},
    }
    return {"goods_nomenclature_item_id": "0702000007", "import_measures": [{**measure, **changes}]}


def write_document(folder: Path, content: Any, name: str = "made.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def read_changed(folder: Path, **changes: Any) -> ParsedSchedule:
    return read([write_document(folder, make_document(**changes))], GB)


RELATIONS = {
    "import_measures",
    "export_measures",
    "measure_type",
    "duty_expression",
    "measure_components",
    "measure_conditions",
    "measure_condition_components",
    "geographical_area",
    "children_geographical_areas",
    "excluded_countries",
    "additional_code",
    "order_number",
}


def as_json_api(content: dict[str, Any]) -> dict[str, Any]:
    """The same document as the API sends it: resources by type and id, in `included`."""
    included: dict[tuple[str, str], dict[str, Any]] = {}

    def resource(value: dict[str, Any], kind: str) -> dict[str, Any]:
        name = str(value.get("id") or f"made-{len(included)}-{kind}")
        attributes: dict[str, Any] = {}
        relationships: dict[str, Any] = {}
        for key, inner in value.items():
            if key not in RELATIONS or isinstance(inner, str):
                attributes[key] = inner
            elif isinstance(inner, list):
                relationships[key] = {"data": [reference(each, key) for each in inner]}
            else:
                relationships[key] = {"data": reference(inner, key) if inner else None}
        return {"type": kind, "id": name, "attributes": attributes, "relationships": relationships}

    def reference(value: dict[str, Any], kind: str) -> dict[str, str]:
        kind = "geographical_area" if kind in ("children_geographical_areas", "excluded_countries") else kind
        converted = resource(value, kind)
        key = converted["type"], converted["id"]
        if "children_geographical_areas" in converted["relationships"] or key not in included:
            included[key] = converted
        return {"type": key[0], "id": key[1]}

    data = resource(content, "commodity")
    return {"data": data, "included": list(included.values())}
