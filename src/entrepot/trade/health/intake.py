"""What a patient gives before a visit. It is personal data on health: it stands in the vault, never in an event."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import NamedTuple

from entrepot.model.errors import TradeError

SEXES = ("female", "male", "other", "unknown")
SELF, GUARDIAN = "self", "guardian"
RELATIONS = ("mother", "father", "guardian")
#: Characters of each field at most; those with an asterisk must be given.
FIELDS: Mapping[str, int] = {
    "name": 120,
    "born": 10,
    "sex": 10,
    "telephone": 40,
    "place": 300,
    "zone": 60,
    "reason": 2000,
    "guardian": 120,
    "relation": 20,
}
REQUIRED = ("name", "born", "sex", "telephone", "place", "zone", "reason")
_ZONE = re.compile(r"[A-Za-z_]+(/[A-Za-z0-9_+-]+){0,2}\Z")


class Intake(NamedTuple):
    """What was given. `place`: where the patient is during the visit; `zone`: the time zone there (IANA).

    `guardian`, `relation`: who consents for a minor, and as what.
    """

    name: str
    born: str
    sex: str
    telephone: str
    place: str
    zone: str
    reason: str
    guardian: str = ""
    relation: str = ""

    @property
    def values(self) -> dict[str, str]:
        """As stored."""
        return self._asdict()

    @property
    def birthday(self) -> dt.date:
        """The day of birth."""
        return dt.date.fromisoformat(self.born)


def read_intake(given: Mapping[str, str], today: dt.date) -> Intake:
    """What a patient gives, checked. Raises TradeError, which does not repeat what was given."""
    values = {name: " ".join(given.get(name, "").split()) for name in FIELDS if name != "reason"}
    values["reason"] = given.get("reason", "").strip()
    for name, most in FIELDS.items():
        if name in REQUIRED and not values[name]:
            raise TradeError("field_missing", "The field {field} is missing.", name, field=name)
        if len(values[name]) > most:
            raise TradeError("field_too_long", "{field} has at most {most} characters.", name, field=name, most=most)
    if values["sex"] not in SEXES:
        raise _unknown("sex", SEXES)
    if bool(values["guardian"]) != bool(values["relation"]):
        missing = "relation" if values["guardian"] else "guardian"
        raise TradeError("field_missing", "The field {field} is missing.", missing, field=missing)
    if values["relation"] and values["relation"] not in RELATIONS:
        raise _unknown("relation", RELATIONS)
    if not _ZONE.match(values["zone"]):
        raise TradeError("zone_unknown", "This is not a time zone. Choose one of the list.", "zone")
    _check_birthday(values["born"], today)
    return Intake(**values)


def intake_of(values: Mapping[str, str]) -> Intake:
    """What was stored."""
    return Intake(**{name: values.get(name, "") for name in FIELDS})


def _check_birthday(text: str, today: dt.date) -> None:
    try:
        born = dt.date.fromisoformat(text)
    except ValueError:
        raise TradeError("day_invalid", "Write the date of birth as year-month-day.", "born") from None
    if not dt.date(1900, 1, 1) <= born <= today:
        raise TradeError("day_invalid", "The date of birth is not between 1900 and today.", "born")


def _unknown(field: str, known: tuple[str, ...]) -> TradeError:
    return TradeError("field_invalid", "{field} is not one of: {known}.", field, field=field, known=", ".join(known))
