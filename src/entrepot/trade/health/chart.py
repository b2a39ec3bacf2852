"""A chart: all that is known of a visit for who may see it, composed from its delivery, its record and the vault."""

from __future__ import annotations

from typing import NamedTuple

from entrepot.trade.health.encounters import Encounter
from entrepot.trade.health.intake import Intake
from entrepot.trade.health.practitioners import Practitioner, Profile
from entrepot.trade.health.record import Record


class Doctor(NamedTuple):
    """A practitioner with what is shown of them; `profile`: None where it was erased."""

    practitioner: Practitioner
    profile: Profile | None
    organization: str


class Chart(NamedTuple):
    """A visit.

    `status`: of the appointment, one of `APPOINTMENT`; `provider`: the name of the organization; `patient`: None where
    nothing was given yet, it was erased, or the reader may not see it; `starts`, `until`: RFC 3339, "" without a time.
    """

    delivery: str
    status: str
    provider: str
    created: str
    starts: str
    until: str
    record: Record | None
    patient: Intake | None
    doctor: Doctor | None
    encounter: Encounter | None


#: The status of the appointment, by that of the delivery. A visit whose conditions are not met is not yet certain.
APPOINTMENT = {
    "closed": "cancelled",
    "waiting": "pending",
    "ready": "booked",
    "started": "arrived",
    "delivered": "fulfilled",
    "accepted": "fulfilled",
    "objected": "fulfilled",
    "cancelled": "cancelled",
    "no_show": "noshow",
}
