"""All personal data of a person: of the account, and of trade, which is stored encrypted apart from the ledger.

Trade stores personal data for the party of an order: the person, or an organization. What is stored for an organization
counts as the person's where the person is its only member. Data on health belong to a visit; those of its patient are
exported and erased with the party, and the log of who reads health records has a row of each export.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from entrepot.store.people import members, personal_data
from entrepot.store.people.personal_data import OnlyOwner
from entrepot.trade.health.record import Record, intake_subject
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import health
from entrepot.trade_app.services.health_reads import EXPORT, log_reads

if TYPE_CHECKING:
    from entrepot.store.people_models import Person

__all__ = ["OnlyOwner", "erase_person", "export_person"]


def export_person(person: Person, *, by_operator: bool = False) -> dict[str, Any]:
    """Everything that is stored on a person. `by_operator`: not the person asks for it, but who operates the node.

    Each health record of which something is in it is logged as read, before anything is returned.
    """
    parties = _subjects(person)
    records = {party: health.records_of(party) for party in parties}
    subjects = [*parties, *(each for found in records.values() for each in _of_health(found))]
    books = open_books()
    found = books.run(lambda tx: {number: data for each in subjects for number, data in tx.personal_of(each).items()})
    _log(records, {data.subject for data in found.values()}, "" if by_operator else person.id)
    return {
        **personal_data.export_person(person),
        "trade": [
            {
                "reference": number,
                "subject": data.subject,
                "purpose": data.purpose,
                "values": dict(data.values),
                "kept_until": data.retain_until.isoformat(),
            }
            for number, data in found.items()
        ],
    }


def erase_person(person: Person) -> list[dict[str, str]]:
    """Erase a person. Returns what the law requires to keep, each with the day on which it is erased.

    Raises OnlyOwner.
    """
    subjects = _subjects(person)
    personal_data.check_owned(person)
    books = open_books()
    for each in subjects:
        books.run(health.erase_all(each))
    subjects = [*subjects, *(each for party in subjects for each in _of_health(health.records_of(party)))]
    kept = books.run(lambda tx: {number: data for each in subjects for number, data in tx.erase_personal(each).items()})
    personal_data.erase_person(person)
    return [
        {"reference": number, "purpose": data.purpose, "until": data.retain_until.isoformat()}
        for number, data in kept.items()
    ]


def _log(records: Mapping[str, list[Record]], read: set[str], reader: str) -> None:
    """Log who exports records: a person for each party of it; "" for the operator. Erased ones were not read."""
    for party, found in records.items():
        who = health.Person(party, reader) if reader else health.Person("", "")
        log_reads(who, [each for each in found if read.intersection(_of_health([each]))], EXPORT)


def _of_health(records: list[Record]) -> list[str]:
    """The subjects of what is stored for health records."""
    return [subject for each in records for subject in (each.id, intake_subject(each.id))]


def _subjects(person: Person) -> list[str]:
    """Whose personal data is the person's: the person, and organizations of which it is the only member."""
    found = [each.organization for each in members.memberships(person.id) if each.kind != "operator"]
    return [person.id, *(each for each in found if len(members.members_of(each)) == 1)]
