"""All personal data of a person: of the account, and of trade, which is stored encrypted apart from the ledger.

Trade stores personal data for the party of an order: the person, or an organization. What is stored for an organization
counts as the person's where the person is its only member. Data on health belong to a visit; those of its patient are
exported and erased with the party.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrepot.store.people import members, personal_data
from entrepot.store.people.personal_data import OnlyOwner
from entrepot.trade.health.record import intake_subject
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import health

if TYPE_CHECKING:
    from entrepot.store.people_models import Person

__all__ = ["OnlyOwner", "erase_person", "export_person"]


def export_person(person: Person) -> dict[str, Any]:
    """Everything that is stored on a person."""
    parties = _subjects(person)
    subjects = [*parties, *(each for party in parties for each in _of_health(party))]
    books = open_books()
    found = books.run(lambda tx: {number: data for each in subjects for number, data in tx.personal_of(each).items()})
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
    subjects = [*subjects, *(each for party in subjects for each in _of_health(party))]
    kept = books.run(lambda tx: {number: data for each in subjects for number, data in tx.erase_personal(each).items()})
    personal_data.erase_person(person)
    return [
        {"reference": number, "purpose": data.purpose, "until": data.retain_until.isoformat()}
        for number, data in kept.items()
    ]


def _of_health(party: str) -> list[str]:
    """The subjects of what is stored on the health of a party's patients."""
    return [subject for each in health.records_of(party) for subject in (each.id, intake_subject(each.id))]


def _subjects(person: Person) -> list[str]:
    """Whose personal data is the person's: the person, and organizations of which it is the only member."""
    found = [each.organization for each in members.memberships(person.id) if each.kind != "operator"]
    return [person.id, *(each for each in found if len(members.members_of(each)) == 1)]
