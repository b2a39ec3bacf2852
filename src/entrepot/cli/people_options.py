"""The options of the commands `people` and `organizations`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, RESULT, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

ORGANIZATION = N_("The organization")
#: The kinds of `store.people.organizations`; not imported from there, so that a quote starts fast.
KINDS = ("seller", "buyer", "operator")

_PERSON = Option("person", (), N_("A person, by the id or the name to sign in with."), metavar="ID", kind="required")

PEOPLE_LIST = (CONTEXT, *WITHOUT_PACKS)
PEOPLE_EXPORT = (_PERSON, *WITHOUT_PACKS)
PEOPLE_ERASE = (
    _PERSON,
    Option("yes", ("--yes", "-y"), N_("Do not ask for confirmation."), RESULT, kind="flag"),
    *WITHOUT_PACKS,
)
ORGANIZATIONS_LIST = (CONTEXT, *WITHOUT_PACKS)
ORGANIZATIONS_CREATE = (
    Option("name", (), N_("The name of the organization."), metavar="NAME", kind="required"),
    Option("country", ("--country",), N_("Its country."), ORGANIZATION, "COUNTRY", choices=("economies",)),
    Option(
        "kind", ("--kind",), N_("Seller (by default), buyer or operator."), ORGANIZATION, "|".join(KINDS), choices=KINDS
    ),
    Option("language", ("--language",), N_("The language of its invitations."), ORGANIZATION, "LANGUAGE"),
    Option(
        "numbers",
        ("--customs-number",),
        N_("A registration with customs: the country and the number. Repeatable."),
        ORGANIZATION,
        '"CN 4403160ABC"',
        "many",
    ),
    Option("owner", ("--owner",), N_("The person who becomes its owner."), ORGANIZATION, "ID"),
    *WITHOUT_PACKS,
)
