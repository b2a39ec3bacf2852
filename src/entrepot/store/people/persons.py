"""People: find, create and change them. Their names, addresses and passwords are in the rows of Django's users."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils import timezone

from entrepot.model.errors import in_quotes
from entrepot.store.ids import new_id
from entrepot.store.people.organizations import read_language, read_name
from entrepot.store.people_models import Person

#: The most characters of an address: it is the name that the person signs in with, which Django limits.
MAX_ADDRESS = 150


def read_address(address: str) -> str:
    """An e-mail address as it is stored and compared: Unicode NFKC, in lower case. Raises ValueError."""
    known = unicodedata.normalize("NFKC", address.strip()).casefold()
    try:
        validate_email(known)
    except ValidationError:
        known = ""
    if not known or len(known) > MAX_ADDRESS or not known.isprintable() or not known.isascii():
        raise ValueError(f"{in_quotes(address[:200])} is not an e-mail address. Example: ann@shop.example")
    return known


def find_by_address(address: str) -> User | None:
    """The user who signs in with an address, as `read_address` returns it."""
    return User.objects.filter(username=address, is_active=True).first()


def find_person(person: str) -> Person | None:
    """A person by its id (`us_…`), or by the name or address to sign in with."""
    rows = Person.objects.select_related("user")
    return rows.filter(id=person).first() or rows.filter(user__username=person).first()


def list_people() -> list[Person]:
    """All people who have not been erased, with their users, in the order of their creation."""
    return list(Person.objects.filter(erased=None).select_related("user").order_by("id"))


def create_person(address: str, name: str, password: str, language: str) -> Person | None:
    """Create a person whose address was confirmed. Returns None if the address has an account.

    Raises ValueError if the name or the language is not valid. The caller has validated the password.
    """
    user = User(username=address, email=address, first_name=read_name(name)[:150])
    user.set_password(password)
    now = timezone.now()
    try:
        with transaction.atomic():
            user.save()
            return Person.objects.create(
                id=new_id("us"), user=user, language=read_language(language), created=now, address_confirmed=now
            )
    except IntegrityError:  # created meanwhile
        return None


def change_person(person: str, name: str, language: str, opt_outs: Collection[str]) -> None:
    """Change the name, the language of e-mails and the groups of e-mails that are off. Raises ValueError."""
    known, spoken = read_name(name)[:150], read_language(language)
    with transaction.atomic():
        Person.objects.filter(id=person).update(language=spoken, mail_opt_outs=sorted(set(opt_outs)))
        User.objects.filter(person=person).update(first_name=known)


def change_address(person: str, address: str) -> bool:
    """Give a person a confirmed address, as `read_address` returns it. Returns False if it has an account meanwhile.

    Who signs in with the address signs in with the new one; an administrator keeps the name.
    """
    try:
        with transaction.atomic():
            user = User.objects.select_for_update().get(person=person)
            if user.username == user.email:
                user.username = address
            user.email = address
            user.save(update_fields=["username", "email"])
            Person.objects.filter(id=person).update(address_confirmed=timezone.now())
    except IntegrityError:
        return False
    return True


def turn_off_mail(person: str, group: str) -> bool:
    """Turn a group of e-mails off. Returns whether there is such a person."""
    with transaction.atomic():
        row = Person.objects.select_for_update().filter(id=person, erased=None).first()
        if row is None:
            return False
        row.mail_opt_outs = sorted({*row.mail_opt_outs, group})
        row.save(update_fields=["mail_opt_outs"])
    return True


def name_of(person: Person) -> str:
    """The name of a person: as given, else the name to sign in with; empty if the person was erased."""
    return (person.user.first_name or person.user.username) if person.user else ""


def address_of(person: Person) -> str:
    """The address of a person; empty if there is none, as for some administrators."""
    return person.user.email if person.user else ""
