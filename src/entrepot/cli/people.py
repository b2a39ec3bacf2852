"""The commands `people list`, `people export`, `people erase`, `organizations list` and `organizations create`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.text import Text

from entrepot import app
from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.sale_options import known_economy
from entrepot.cli.wrap import cell_len, pad
from entrepot.language.translate import _, day

if TYPE_CHECKING:
    from entrepot.store.people_models import Organization, Person


def list_people(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot people list`."""
    from entrepot.trade_app.books import open_database

    open_database()
    from entrepot.store.people import members, persons

    found = [(row, members.memberships(row.id)) for row in persons.list_people()]
    if arguments["json"]:
        data = [
            {
                "object": "person",
                "id": row.id,
                "sign_in_name": row.user.username if row.user else None,
                "name": persons.name_of(row),
                "created": row.created.isoformat(timespec="seconds"),
                "organizations": [{"id": each.organization, "role": each.role} for each in of_person],
            }
            for row, of_person in found
        ]
        exit_codes.put_json({"object": "list", "data": data})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No people exist. They create accounts on the page /en/sign-up/.") + "\n")
        return exit_codes.SUCCESS
    rows = [
        [
            row.id,
            row.user.username if row.user else "—",
            day(row.created.date().isoformat()),
            ", ".join(f"{each.name} ({each.role})" for each in of_person) or "—",
        ]
        for row, of_person in found
    ]
    _put_table([_("person"), _("signs in as"), _("created"), _("organizations")], rows)
    return exit_codes.SUCCESS


def export(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot people export ID`: JSON, with and without `--json`."""
    row = _find(arguments["person"])
    from entrepot.trade_app import personal_data  # after the database was opened: it uses its tables

    exit_codes.put_json(personal_data.export_person(row, by_operator=True))
    return exit_codes.SUCCESS


def erase(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot people erase ID`."""
    row = _find(arguments["person"])
    from entrepot.trade_app import personal_data  # as above

    if not arguments["yes"] and not _confirmed(row.id):
        message = _("{id} was not erased. Answer y, or use --yes.").format(id=row.id)
        raise Stop(exit_codes.USAGE, "not_erased", message, "--yes")
    try:
        kept = personal_data.erase_person(row)
    except personal_data.OnlyOwner as error:
        message = _("{id} is the only owner of {names}. Make another member an owner first.").format(
            id=row.id, names=", ".join(error.organizations)
        )
        raise Stop(exit_codes.USAGE, "only_owner", message, "ID") from None
    if arguments["json"]:
        exit_codes.put_json({"object": "person", "id": row.id, "erased": True, "kept": kept})
        return exit_codes.SUCCESS
    exit_codes.put_text(_("{id} was erased.").format(id=row.id) + "\n")
    for each in kept:
        sentence = _("{reference} ({purpose}) must be kept by law and is erased on {day}.")
        exit_codes.put_text(sentence.format(**{**each, "day": day(each["until"])}) + "\n")
    return exit_codes.SUCCESS


def list_organizations(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot organizations list`."""
    from entrepot.trade_app.books import open_database

    open_database()
    from entrepot.store.people import organizations

    found = organizations.list_organizations()
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [_organization(row) for row in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No organizations exist. Create one: entrepot organizations create NAME.") + "\n")
        return exit_codes.SUCCESS
    rows = [[row.id, row.name, row.country or "—", row.kind, day(row.created.date().isoformat())] for row in found]
    _put_table([_("organization"), _("name"), _("country"), _("kind"), _("created")], rows)
    return exit_codes.SUCCESS


def create_organization(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot organizations create NAME`."""
    from entrepot.trade_app.books import open_database

    open_database()
    from entrepot.store.people import members, organizations

    if not arguments["country"]:
        message = _("{option} is required, for example {example}.").format(option="--country", example="--country VN")
        raise Stop(exit_codes.USAGE, "missing", message, "--country")
    country = known_economy(arguments["country"], "--country", app.library().world)
    owner = _find(arguments["owner"]) if arguments["owner"] else None
    pairs = (text.strip().partition(" ") for text in arguments["numbers"])
    try:
        row = organizations.create_organization(
            arguments["name"],
            country,
            arguments["kind"] or "seller",
            arguments["language"] or "en",
            [{"country": place, "number": number} for place, _space, number in pairs],
        )
    except ValueError as error:
        raise Stop(exit_codes.USAGE, "invalid", str(error), _option_of(str(error))) from None
    if owner is not None:
        members.add_member(row.id, owner.id, "owner")
    if arguments["json"]:
        exit_codes.put_json(_organization(row))
    else:
        exit_codes.put_text(f"{row.id}\n")
    return exit_codes.SUCCESS


def _find(name: str) -> Person:
    """A person by the id or the name to sign in with. Raises Stop."""
    from entrepot.trade_app.books import open_database

    open_database()
    from entrepot.store.people import persons

    found = persons.find_person(name)
    if found is None or found.erased is not None:
        message = _("No person {id}; `entrepot people list` lists all people.").format(id=name)
        raise Stop(exit_codes.NO_LAW, "no_person", message, "ID")
    return found


def _organization(row: Organization) -> dict[str, Any]:
    return {
        "object": "organization",
        "id": row.id,
        "name": row.name,
        "country": row.country or None,
        "kind": row.kind,
        "language": row.language,
        "customs_numbers": row.customs_numbers,
        "sector": row.sector or None,
        "created": row.created.isoformat(timespec="seconds"),
    }


def _option_of(message: str) -> str:
    """The option that a message is about."""
    for word, option in (
        ("registration", "--customs-number"),
        ("country", "--country"),
        ("language", "--language"),
        ("operator", "--kind"),
        ("kind", "--kind"),
    ):
        if word in message:
            return option
    return "NAME"


def _confirmed(number: str) -> bool:
    """Asks on standard error; the answer is the first line of standard input."""
    sys.stderr.write(_("Erase all personal data of {id}? It cannot be restored. [y/N] ").format(id=number))
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _put_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    wide = [max(cell_len(line[at]) for line in (head, *rows)) + 2 for at in range(len(head))]
    lines = [Text(" " + "".join(map(pad, line, wide)).rstrip()) for line in (head, *rows)]
    lines[0].stylize("dim")
    terminal.put_lines(terminal.console(), lines)
