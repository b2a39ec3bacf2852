"""Organizations: create, list, change."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

from django.db.models import Q
from django.utils import timezone

from entrepot.measure.lines import SECTORS
from entrepot.model.errors import in_quotes
from entrepot.store.ids import new_id
from entrepot.store.people_models import Organization

#: What an organization does here. `operator`: the one that runs this platform.
KINDS = ("seller", "buyer", "operator")
LANGUAGES = ("en", "zh", "vi", "th", "km")
MAX_NAME, MAX_NUMBERS = 200, 20
#: The name of the operator's organization until the operator changes it.
OPERATOR_NAME = "Platform operator"
_COUNTRY = re.compile("[A-Z]{2}")
#: What a program for e-mails may show as a link: a scheme, www., or a path after a name of the internet.
_ADDRESS = re.compile(r"://|\bhttps?:|\bwww\.|[\w-]\.[a-z]{2,}/", re.IGNORECASE)
_NUMBER = re.compile(r"[0-9A-Z][0-9A-Z ./-]{0,39}")


def create_organization(
    name: str,
    country: str,
    kind: str = "seller",
    language: str = "en",
    customs_numbers: Sequence[Mapping[str, str]] = (),
) -> Organization:
    """Create an organization. Raises ValueError if a value is not valid, or for a second operator."""
    if kind not in KINDS:
        raise ValueError(f"{in_quotes(kind)} is not a kind of organization. Use {', '.join(KINDS)}.")
    if kind == "operator" and Organization.objects.filter(kind="operator").exists():
        raise ValueError("The platform has an operator already, and has only one.")
    return Organization.objects.create(
        id=new_id("og"),
        name=read_name(name),
        country=read_country(country),
        kind=kind,
        language=read_language(language),
        customs_numbers=read_numbers(customs_numbers),
        created=timezone.now(),
    )


def operator() -> Organization:
    """The organization that operates this platform, created if it is missing."""
    found, _created = Organization.objects.get_or_create(
        kind="operator",
        defaults={"id": new_id("og"), "name": OPERATOR_NAME, "language": "en", "created": timezone.now()},
    )
    return found


def name_of(organization: str) -> str:
    """The name of an organization; its id where it is not known."""
    found = Organization.objects.filter(id=organization).first()
    return found.name if found else organization


def names_of(numbers: Collection[str]) -> dict[str, str]:
    """The names of organizations, by their ids; those that are not known are left out."""
    return dict(Organization.objects.filter(id__in=numbers).values_list("id", "name"))


def list_organizations() -> list[Organization]:
    """All organizations, in the order in which they were created."""
    return list(Organization.objects.order_by("id"))


def list_names(limit: int) -> list[tuple[str, str]]:
    """The ids and names of the organizations that were created first."""
    return list(Organization.objects.order_by("id").values_list("id", "name")[:limit])


def find_by_name(name: str) -> list[str]:
    """The ids of organizations with a name: of two at most, because a name that several have names none."""
    return list(Organization.objects.filter(name=name).order_by("id").values_list("id", flat=True)[:2])


def list_sellers(*, after: str = "", limit: int) -> list[Organization]:
    """Sellers by their names, those with capital letters first; `after`: the id of the last one of the page before."""
    found = Organization.objects.filter(kind="seller").order_by("name", "id")
    last = find_organization(after) if after else None
    if last is not None:
        found = found.filter(Q(name__gt=last.name) | Q(name=last.name, id__gt=last.id))
    return list(found[:limit])


def seller_ids() -> list[str]:
    """The ids of all sellers."""
    return list(Organization.objects.filter(kind="seller").order_by("id").values_list("id", flat=True))


def find_organization(organization: str) -> Organization | None:
    """An organization by its id."""
    return Organization.objects.filter(id=organization).first()


def change_organization(
    organization: str,
    name: str,
    country: str,
    language: str,
    customs_numbers: Sequence[Mapping[str, str]],
    sector: str,
) -> None:
    """Change an organization. `sector`: "" where it states none. Raises ValueError if a value is not valid."""
    Organization.objects.filter(id=organization).update(
        name=read_name(name),
        country=read_country(country),
        language=read_language(language),
        customs_numbers=read_numbers(customs_numbers),
        sector=read_sector(sector),
    )


def read_name(name: str) -> str:
    """The name of an organization or a person. Raises ValueError.

    It is in e-mails to others: a web address in it could lead them to another site.
    """
    found = name.strip()
    if not 1 <= len(found) <= MAX_NAME:
        raise ValueError(f"A name has 1 to {MAX_NAME} characters; this one has {len(found)}.")
    if not found.isprintable():
        raise ValueError(
            "A name has letters, digits, signs and spaces. This one has an invisible character, such as a line break "
            "or one that changes the direction of the text."
        )
    # Wide letters and signs are read as ordinary ones.
    if _ADDRESS.search(unicodedata.normalize("NFKC", found)):
        raise ValueError(f"{in_quotes(found)} contains a web address. Write the name without it.")
    return found


def read_country(country: str) -> str:
    """An alpha-2 code. Raises ValueError."""
    code = country.strip().upper()
    if not _COUNTRY.fullmatch(code):
        raise ValueError(f"{in_quotes(country)} is not a country code. Use two letters (ISO 3166), for example VN.")
    return code


def read_language(language: str) -> str:
    """A supported language. Raises ValueError."""
    if language not in LANGUAGES:
        raise ValueError(f"{in_quotes(language)} is not a supported language. Use {', '.join(LANGUAGES)}.")
    return language


def read_sector(sector: str) -> str:
    """The code of an institutional sector, or "". Raises ValueError."""
    if sector and sector not in SECTORS:
        raise ValueError(f"{in_quotes(sector)} is not a sector. Use {', '.join(SECTORS)}.")
    return sector


def read_numbers(numbers: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Registrations with customs, each with its country. Raises ValueError."""
    if len(numbers) > MAX_NUMBERS:
        raise ValueError(f"An organization has at most {MAX_NUMBERS} customs registration numbers.")
    found = []
    for each in numbers:
        number = each["number"].strip().upper()
        if not _NUMBER.fullmatch(number):
            raise ValueError(
                f"{in_quotes(each['number'])} is not a customs registration number. "
                "Use up to 40 letters, digits, points, slashes and hyphens."
            )
        found.append({"country": read_country(each["country"]), "number": number})
    return found
