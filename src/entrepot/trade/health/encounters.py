"""The encounter of a visit, from nothing but when both sides were connected, as the socket process has recorded it."""

from __future__ import annotations

from typing import NamedTuple

from entrepot.trade.delivery.deliveries import Delivery

#: What an encounter is; the words are those of FHIR.
IN_PROGRESS, FINISHED = "in-progress", "finished"


class Encounter(NamedTuple):
    """When both sides were connected. `end`: "" while they are; `seconds`: together, without interruptions."""

    status: str
    start: str
    end: str
    seconds: int


def encounter_of(delivery: Delivery) -> Encounter | None:
    """The encounter of a visit; None where both sides were never connected.

    It begins with the first session and ends with the last one: whoever comes back goes on with the same encounter.
    """
    if not delivery.sessions or not delivery.begun:
        return None
    lasts = bool(delivery.session) or not delivery.ended
    status = IN_PROGRESS if lasts else FINISHED
    return Encounter(status, delivery.begun, "" if lasts else delivery.ended, delivery.seconds)
