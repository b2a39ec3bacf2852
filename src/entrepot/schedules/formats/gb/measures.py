"""Classify a measure of a commodity: tariff row, additional duty, tax class, or none of them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from entrepot.schedules.formats.gb.document import Area, Condition, Measure
from entrepot.schedules.formats.gb.rates import read_duty
from entrepot.schedules.partners import treatment_for

#: Types of measures that set a duty -> (treatment, scope). A suspension, a rate for authorised use, and a rate within
#: a tariff quota apply to part of the line. `by area`: an agreement or programme, identified by its countries.
BY_AREA = "by area"
DUTIES = {
    "103": ("mfn", ""),
    "105": ("mfn", "part"),
    "106": (BY_AREA, ""),
    "112": ("provisional", ""),
    "115": ("provisional", "part"),
    "117": ("provisional", "part"),
    "119": ("provisional", "part"),
    "122": ("mfn", "part"),
    "123": ("mfn", "part"),
    "142": (BY_AREA, ""),
    "143": (BY_AREA, "part"),
    "145": (BY_AREA, "part"),
    "146": (BY_AREA, "part"),
    "147": (BY_AREA, "part"),
}
#: Types of additional duties -> the programme.
REMEDIES = {
    "551": "anti_dumping",
    "552": "anti_dumping",
    "553": "countervailing",
    "554": "countervailing",
    "695": "additional",
    "696": "safeguard",
}
VAT, EXCISE = ("305", "VTA", "VTE", "VTS", "VTZ"), ("306",)
SUPPLEMENTARY = ("109", "110", "111")

#: The series of types that charge something; the others are controls, documents and statistics.
CHARGING = ("C", "D", "F", "J", "M", "P", "Q", "S")

#: Groups of all countries.
EVERYBODY = ("1008", "1011")
#: Codes among the members of a group that are not economies.
NO_ECONOMY = {"EU", "QP", "QQ", "QR", "QS", "QU", "QV", "QW", "QX", "QY", "QZ", "XC", "XI", "XL", "XU", "XZ"}

#: Codes that EU customs used before ISO assigned one.
OLD_CODES = {"XS": "RS"}

#: Groups by their description -> the unilateral programme of the pack. Its members are those in the document.
PROGRAMMES = {
    "gb": ((re.compile(r"least developed countr|comprehensive preferences", re.IGNORECASE), "ldc"),),
    "eu": ((re.compile(r"least developed countr|everything but arms", re.IGNORECASE), "eba"),),
}
#: Countries that share an agreement with others, where the tariff names each country separately.
SHARES = {"gb": {"IS": "gb_no", "LI": "gb_no", "NO": "gb_no"}}

MeasureClass = Literal["duty", "remedy", "vat", "excise", "unit", "charge", "control"]


def classify(measure: Measure) -> MeasureClass:
    """The class of a measure.

    `charge`: it charges something that has no place in a pack; `control`: it charges nothing.
    """
    kind, series = measure.measure_type.id, measure.measure_type.measure_type_series_id or ""
    if kind in SUPPLEMENTARY:
        return "unit"
    if series and series not in CHARGING:
        return "charge" if measure.measure_components else "control"
    if kind in DUTIES:
        return "duty"
    if kind in REMEDIES:
        return "remedy"
    if kind in VAT:
        return "vat"
    if kind in EXCISE:
        return "excise"
    return "charge" if series or measure.measure_components else "control"


class Claim(msgspec.Struct, frozen=True):
    """The treatment of a measure, and the origins within the treatment if it does not apply to all of them."""

    treatment: str
    origin: str = ""


def members(place: Area) -> frozenset[str]:
    """The economies of a country or group; empty if it has none, or its members are not named."""
    return _economies(child.id for child in place.children_geographical_areas or [place])


def has_unknown_members(place: Area) -> bool:
    """Whether an area is a group whose members the document does not name."""
    return not place.children_geographical_areas and not re.fullmatch(r"[A-Z]{2}", place.id)


def _economies(names: Iterable[str]) -> frozenset[str]:
    codes = {OLD_CODES.get(name, name) for name in names if re.fullmatch(r"[A-Z]{2}", name)}
    return frozenset(codes - NO_ECONOMY)


def origin_of(measure: Measure) -> str | None:
    """The text of the `origin` cell for a measure; None if the document does not identify the economies."""
    area = measure.geographical_area
    left_out = {one.id for each in measure.excluded_countries for one in each.children_geographical_areas or [each]}
    but = _economies(left_out)
    if any(name.isdigit() for name in left_out) or ("EU" in left_out and "FR" not in left_out):
        return None  # a group with unknown members is excluded
    if area.id in EVERYBODY:
        return f"!{' '.join(sorted(but))}" if but else ""
    return " ".join(sorted(members(area) - but)) or None


def claim_of(measure: Measure, pack: str, known: Mapping[str, frozenset[str]]) -> Claim | None:
    """The treatment and origins of a duty; None if the pack has no agreement or programme with these countries."""
    treatment, _ = DUTIES[measure.measure_type.id]
    origin = origin_of(measure)
    if origin is None:
        return None
    if treatment != BY_AREA:
        return Claim(treatment, origin)
    area, whole = measure.geographical_area, members(measure.geographical_area)
    found = treatment_for(whole, known) or SHARES.get(pack, {}).get(area.id)
    for words, programme in PROGRAMMES.get(pack, ()):
        if words.search(area.description or ""):
            found = programme
    if found is None or found not in known:
        return None
    return Claim(found, "" if known[found] == whole and not measure.excluded_countries else origin)


def scope_of(measure: Measure) -> str:
    """`part` if a duty applies to some of the goods only: authorised use, a quota, an additional code or a document."""
    treatment, scope = DUTIES[measure.measure_type.id]
    asks = any(condition.document_code for condition in measure.measure_conditions)
    # A preference requires a proof of origin, as every preference does: that does not limit the goods.
    apart = measure.additional_code or measure.order_number or (treatment == "provisional" and asks)
    return "part" if apart else scope


def rate_of(measure: Measure) -> tuple[str, str]:
    """The rate of a measure, and the reason if it remains a text."""
    try:
        return read_duty(measure), ""
    except ValueError as error:
        return f"text:{duty_text(measure)}", str(error)


def duty_text(measure: Measure) -> str:
    """The text of a duty: as printed, or the duty of each of its conditions."""
    paths = [
        f"{_requirement(condition)}: {_plain(condition.duty_expression)}"
        for condition in measure.measure_conditions
        if condition.duty_expression
    ]
    return "; ".join(filter(None, [measure.printed, *paths])) or "no rate is printed"


def note_of(measure: Measure) -> str:
    """The details of a measure for a reader: its number, type, codes and documents."""
    documents = sorted({each.document_code for each in measure.measure_conditions if each.document_code})
    code, quota = measure.additional_code, measure.order_number
    parts = [
        f"measure {measure.id}: {measure.measure_type.description or measure.measure_type.id}",
        f"area {measure.geographical_area.id} {measure.geographical_area.description or ''}".strip(),
        f"additional code {code.code} {_plain(code.description)}".strip() if code else "",
        f"quota {quota.number}" if quota else "",
        f"documents {' '.join(documents)}" if documents else "",
    ]
    return "; ".join(filter(None, parts))


def _requirement(condition: Condition) -> str:
    """The requirement of a condition. For an entry price only the amount is printed."""
    words = _plain(condition.requirement) or "otherwise"
    return f"import price of at least {words}" if condition.condition_code == "V" else words


def _plain(text: str | None) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text or "")).split())
