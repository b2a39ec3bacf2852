"""gb_measures: where a measure of a commodity belongs: a tariff row, an additional duty, a tax class, or nowhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from entrepot.schedules.formats.gb.document import Condition, Measure, Place
from entrepot.schedules.formats.gb.rates import read_duty
from entrepot.schedules.partners import meant_by

#: Types of measures that set a duty -> (treatment, scope). A suspension or a rate for authorised use, and what lies
#: within a tariff quota, is for part of the line. `by area`: an agreement or programme, by the countries named.
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

#: The series of types that charge something; those of the others are controls, documents and statistics.
CHARGING = ("C", "D", "F", "J", "M", "P", "Q", "S")

#: Groups that are everybody.
EVERYBODY = ("1008", "1011")
#: What stands among the members of a group and is no economy.
NO_ECONOMY = {"EU", "QP", "QQ", "QR", "QS", "QU", "QV", "QW", "QX", "QY", "QZ", "XC", "XI", "XL", "XU", "XZ"}

#: Codes that the customs of the European Union had before the ISO had one.
OLD_CODES = {"XS": "RS"}

#: Groups by their words: what a unilateral programme of the pack is called. Its members are those of the document.
PROGRAMMES = {
    "gb": ((re.compile(r"least developed countr|comprehensive preferences", re.IGNORECASE), "ldc"),),
    "eu": ((re.compile(r"least developed countr|everything but arms", re.IGNORECASE), "eba"),),
}
#: Countries with a part of an agreement of several, where the tariff names each by itself.
SHARES = {"gb": {"IS": "gb_no", "LI": "gb_no", "NO": "gb_no"}}

Where = Literal["duty", "remedy", "vat", "excise", "unit", "charge", "control"]


def sort_of(measure: Measure) -> Where:
    """What a measure is. `charge`: it charges something that has no place in a pack; `control`: it charges nothing."""
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
    """Whom a measure is for: the treatment, and the origins within it where it is not for all of them."""

    treatment: str
    origin: str = ""


def members(place: Place) -> frozenset[str]:
    """The economies of a country or a group; none where it has none, or its members are not named."""
    return _economies(child.id for child in place.children_geographical_areas or [place])


def unnamed(place: Place) -> bool:
    """Whether a place is a group whose members the document does not name."""
    return not place.children_geographical_areas and not re.fullmatch(r"[A-Z]{2}", place.id)


def _economies(names: Iterable[str]) -> frozenset[str]:
    codes = {OLD_CODES.get(name, name) for name in names if re.fullmatch(r"[A-Z]{2}", name)}
    return frozenset(codes - NO_ECONOMY)


def origin_of(measure: Measure) -> str | None:
    """The cell `origin` of those that a measure is for; None where the document does not tell by economies."""
    area = measure.geographical_area
    left_out = {one.id for each in measure.excluded_countries for one in each.children_geographical_areas or [each]}
    but = _economies(left_out)
    if any(name.isdigit() for name in left_out) or ("EU" in left_out and "FR" not in left_out):
        return None  # a group is left out, and who is in it is not named
    if area.id in EVERYBODY:
        return f"!{' '.join(sorted(but))}" if but else ""
    return " ".join(sorted(members(area) - but)) or None


def claim_of(measure: Measure, pack: str, known: Mapping[str, frozenset[str]]) -> Claim | None:
    """Whom a duty is for; None where the pack knows no agreement or programme of these countries."""
    treatment, _ = DUTIES[measure.measure_type.id]
    origin = origin_of(measure)
    if origin is None:
        return None
    if treatment != BY_AREA:
        return Claim(treatment, origin)
    area, whole = measure.geographical_area, members(measure.geographical_area)
    found = meant_by(whole, known) or SHARES.get(pack, {}).get(area.id)
    for words, programme in PROGRAMMES.get(pack, ()):
        if words.search(area.description or ""):
            found = programme
    if found is None or found not in known:
        return None
    return Claim(found, "" if known[found] == whole and not measure.excluded_countries else origin)


def scope_of(measure: Measure) -> str:
    """`part` where a duty is for some of the goods only: authorised use, within a quota, under a code or a document."""
    treatment, scope = DUTIES[measure.measure_type.id]
    asks = any(condition.document_code for condition in measure.measure_conditions)
    # What a preference asks for is the proof of origin, which every preference asks for.
    apart = measure.additional_code or measure.order_number or (treatment == "provisional" and asks)
    return "part" if apart else scope


def rate_of(measure: Measure) -> tuple[str, str]:
    """The rate of a measure, and why it is none where it stays a text."""
    try:
        return read_duty(measure), ""
    except ValueError as error:
        return f"text:{words_of(measure)}", str(error)


def words_of(measure: Measure) -> str:
    """The words of a duty: as printed, or what each of its conditions leads to."""
    paths = [
        f"{_asked(condition)}: {_plain(condition.duty_expression)}"
        for condition in measure.measure_conditions
        if condition.duty_expression
    ]
    return "; ".join(filter(None, [measure.printed, *paths])) or "no rate is printed"


def note_of(measure: Measure) -> str:
    """What a person may want to know of a measure: its number, its type, its codes and documents."""
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


def _asked(condition: Condition) -> str:
    """What a condition asks for. Of an entry price only the amount is printed."""
    words = _plain(condition.requirement) or "otherwise"
    return f"import price of at least {words}" if condition.condition_code == "V" else words


def _plain(text: str | None) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", text or "")).split())
