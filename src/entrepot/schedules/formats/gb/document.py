"""Read a commodity document of the Trade Tariff API into a `Commodity`, in either of its two forms.

The API returns JSON:API: one resource, its relationships by type and id, and the related resources in `included`.
Other programs write the same with each related resource in place of its reference. Both are accepted.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from entrepot.model import json
from entrepot.model.errors import ScheduleError, in_quotes
from entrepot.schedules.tables import read_content

ADDRESS = "https://www.trade-tariff.service.gov.uk/api/v2/commodities/CODE"

#: The relationships that are read; for areas only the ids, which are in the reference itself.
RELATED = {
    "additional_code",
    "duty_expression",
    "export_measures",
    "geographical_area",
    "import_measures",
    "measure_components",
    "measure_condition_components",
    "measure_conditions",
    "measure_type",
    "order_number",
}
NAMED = {"children_geographical_areas", "excluded_countries"}


class Component(msgspec.Struct, frozen=True):
    """A part of a duty: how it joins the parts before it, its amount, its currency and its unit."""

    duty_expression_id: str
    duty_amount: Decimal | None = None
    monetary_unit_code: str | None = None
    measurement_unit_code: str | None = None
    measurement_unit_qualifier_code: str | None = None


class Condition(msgspec.Struct, frozen=True):
    """A condition of a measure: a document, or a price; and the duty that applies then, if it has its own."""

    condition_code: str | None = None
    document_code: str | None = None
    requirement: str | None = None
    duty_expression: str | None = None
    measure_condition_components: list[Component] = []


class Code(msgspec.Struct, frozen=True):
    """An additional code of goods: of a producer, or of a kind of excise."""

    code: str | None = None
    description: str | None = None


class Area(msgspec.Struct, frozen=True):
    """A country, or a group of countries, by id."""

    id: str
    description: str | None = None
    children_geographical_areas: list[Area] = []


class MeasureType(msgspec.Struct, frozen=True):
    """The type of a measure."""

    id: str
    description: str | None = None
    measure_type_series_id: str | None = None


class Quota(msgspec.Struct, frozen=True):
    """The order number of a tariff quota."""

    number: str | None = None


class PrintedDuty(msgspec.Struct, frozen=True):
    """The duty as the service prints it."""

    base: str | None = None


class Calculator(msgspec.Struct, frozen=True):
    """Data for the service's duty calculator: which tariff this is."""

    source: str | None = None


class Meta(msgspec.Struct, frozen=True):
    """Metadata of a resource."""

    duty_calculator: Calculator | None = None


class Measure(msgspec.Struct, frozen=True):
    """A measure on the import of the commodity. `effective_end_date` is the last day on which it is in force."""

    id: int | str
    measure_type: MeasureType
    geographical_area: Area
    effective_start_date: str
    effective_end_date: str | None = None
    excise: bool = False
    vat: bool = False
    meursing: bool | None = None
    duty_expression: PrintedDuty | None = None
    measure_components: list[Component] = []
    measure_conditions: list[Condition] = []
    excluded_countries: list[Area] = []
    additional_code: Code | None = None
    order_number: Quota | None = None
    meta: Meta | None = None

    @property
    def printed(self) -> str:
        """The duty as the service prints it; '' if it does not."""
        return (self.duty_expression.base or "").strip() if self.duty_expression else ""

    @property
    def since(self) -> dt.date:
        """The first day on which it is in force."""
        return dt.date.fromisoformat(self.effective_start_date[:10])

    @property
    def until(self) -> dt.date | None:
        """The first day on which it is no longer in force."""
        last = self.effective_end_date
        return dt.date.fromisoformat(last[:10]) + dt.timedelta(days=1) if last else None


class Commodity(msgspec.Struct, frozen=True):
    """A line of the tariff with its measures."""

    goods_nomenclature_item_id: str
    import_measures: list[Measure]
    declarable: bool = True
    description: str | None = None
    description_plain: str | None = None
    meta: Meta | None = None

    @property
    def service(self) -> str:
        """The service of the document: `uk`, or `xi` for Northern Ireland."""
        said = [self.meta, *(measure.meta for measure in self.import_measures)]
        found = {meta.duty_calculator.source for meta in said if meta and meta.duty_calculator}
        return "xi" if "xi" in found else "uk"


#: The members of groups of countries by the group's id, as the API lists them at `geographical_areas`.
Groups = dict[str, Area]


def read_document(path: Path) -> Commodity | Groups:
    """Read a commodity document, or a list of groups of countries. Raises ScheduleError if the file is neither."""
    try:
        content = json.decode(read_content(path))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ScheduleError(
            f"The file cannot be read as JSON ({error}). Download it again from {ADDRESS}.", path.name
        ) from None
    try:
        if isinstance(content, dict) and "data" in content:
            content = _resolve(content)
        if isinstance(content, list):
            return {place.id: place for place in msgspec.convert(content, list[Area])}
        commodity = msgspec.convert(content, Commodity)
        for measure in commodity.import_measures:
            since, until = measure.since, measure.until
            if until and until <= since:
                raise ValueError(f"measure {measure.id} ends before it begins")
    except (msgspec.ValidationError, ValueError, OverflowError, KeyError, TypeError, AttributeError) as error:
        message = f"This is not a commodity document of the Trade Tariff API: {error}. Download it from {ADDRESS}."
        raise ScheduleError(message, path.name) from None
    code = commodity.goods_nomenclature_item_id
    if not (len(code) == 10 and code.isascii() and code.isdigit()):
        raise ScheduleError(f"{in_quotes(code)} is not a commodity code of ten digits.", path.name)
    if not commodity.declarable:
        raise ScheduleError(f"{code} is a heading with lines below it. Download these lines.", path.name)
    return commodity


def with_members(commodity: Commodity, groups: Groups) -> Commodity:
    """The commodity with the members of its groups added from the list of groups, where it does not name them."""

    def known(place: Area) -> Area:
        return place if place.children_geographical_areas else groups.get(place.id, place)

    measures = [
        msgspec.structs.replace(
            each,
            geographical_area=known(each.geographical_area),
            excluded_countries=[known(place) for place in each.excluded_countries],
        )
        for each in commodity.import_measures
    ]
    return msgspec.structs.replace(commodity, import_measures=measures)


def _resolve(content: dict[str, Any]) -> Any:
    """A JSON:API document with each related resource in place of its reference."""
    included = {(each["type"], str(each["id"])): each for each in content.get("included", [])}
    data = content["data"]
    return [_resource(each, included) for each in data] if isinstance(data, list) else _resource(data, included)


def _resource(resource: dict[str, Any], included: dict[tuple[str, str], dict[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {"id": resource["id"], "meta": resource.get("meta"), **resource.get("attributes", {})}

    def related(reference: dict[str, Any], name: str) -> dict[str, Any]:
        if name in NAMED:
            return {"id": reference["id"]}
        key = reference["type"], str(reference["id"])
        if key not in included:
            raise ValueError(f"{key[0]} {key[1]} is named and not included")
        return _resource(included[key], included)

    for name, relation in resource.get("relationships", {}).items():
        if name in RELATED | NAMED:
            data = relation.get("data")
            many = isinstance(data, list)
            found[name] = [related(each, name) for each in data] if many else related(data, name) if data else None
    return {name: value for name, value in found.items() if value is not None}
