"""The data of a person: everything that is stored on them, as JSON, and its erasure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.contrib.sessions.models import Session
from django.db import OperationalError, connection, transaction
from django.utils import timezone

from entrepot.store.people import members, second_factor
from entrepot.store.people_models import Invitation, Member, Person

#: The tables with names and addresses of people, the milliseconds to wait for one, and how long after an erasure they
#: are written anew.
TABLES = ("auth_user", "store_person", "store_invitation")
LOCK_TIMEOUT, RECENT = 2_000, dt.timedelta(days=2)


class OnlyOwner(Exception):
    """The person is the only owner of organizations that have other members. `organizations`: their names."""

    def __init__(self, organizations: Sequence[str]) -> None:
        super().__init__(", ".join(organizations))
        self.organizations = tuple(organizations)


def export_person(person: Person) -> dict[str, Any]:
    """All data of a person. Secrets are not in it: a password and a second factor are stored only to be checked."""
    user = person.user
    address = user.email if user else ""
    invited = Invitation.objects.filter(address=address) if address else Invitation.objects.none()
    return {
        "object": "person",
        "id": person.id,
        "created": _time(person.created),
        "sign_in_name": user.username if user else None,
        "name": user.first_name if user else None,
        "email": address or None,
        "email_confirmed": _time(person.address_confirmed),
        "language": person.language,
        "mail_turned_off": person.mail_opt_outs,
        "administrator": bool(user and user.is_staff),
        "last_sign_in": _time(user.last_login) if user else None,
        "two_factor_since": _time(person.totp_confirmed),
        "recovery_codes_left": second_factor.remaining_codes(person.id),
        "sessions_end": [_time(each.expire_date) for each in _sessions(person)],
        "organizations": [
            {"id": row.organization_id, "name": row.organization.name, "role": row.role, "since": _time(row.since)}
            for row in Member.objects.filter(person=person).select_related("organization").order_by("since")
        ],
        "invitations_received": [_invitation(row) for row in invited.select_related("organization")],
        "invitations_sent": [
            {**_invitation(row), "email": row.address}
            for row in Invitation.objects.filter(invited_by=person).select_related("organization")
        ],
        "administration_log": _administration_log(user.pk) if user else [],
    }


def erase_person(person: Person) -> None:
    """Erase a person: user, address, name, password, second factor, memberships, invitations, sessions.

    The id remains, without data. An organization whose only member it was remains without members, because its records
    of trade are kept. Raises OnlyOwner.
    """
    with _overwriting_deleted_rows(), transaction.atomic():
        _erase(person)


def _erase(person: Person) -> None:
    user = person.user
    check_owned(person)
    end_sessions(person)
    Member.objects.filter(person=person).delete()
    Invitation.objects.filter(invited_by=person).update(invited_by=None)
    if user is not None:
        Invitation.objects.filter(address__in={user.email, user.username} - {""}).delete()
        _erase_administration_log(user.pk)
    second_factor.turn_off(person.id)
    Person.objects.filter(id=person.id).update(
        user=None, erased=timezone.now(), address_confirmed=None, mail_opt_outs=[], language="en"
    )
    if user is not None:
        user.delete()


def check_owned(person: Person) -> None:
    """Raises OnlyOwner if a person is the only owner of an organization with other members."""
    left = []
    for each in members.memberships(person.id):
        rows = list(Member.objects.filter(organization_id=each.organization).order_by("id"))
        owners = [row for row in rows if row.role == "owner"]
        if len(rows) > 1 and [row.person_id for row in owners] == [person.id]:
            left.append(each.name)
    if left:
        raise OnlyOwner(left)


def end_sessions(person: Person, *, but: str = "") -> None:
    """Sign a person out everywhere, except in the session with the key `but`."""
    for session in _sessions(person):
        if session.session_key != but:
            session.delete()


def _sessions(person: Person) -> list[Session]:
    """The sessions in which the person is signed in. A session is encoded, so each of them is read."""
    if person.user_id is None:
        return []
    wanted = str(person.user_id)
    rows = Session.objects.filter(expire_date__gt=timezone.now())
    return [each for each in rows.iterator() if each.get_decoded().get("_auth_user_id") == wanted]


def _administration_log(user: int) -> list[dict[str, Any]]:
    """What the administration site logged of a user, read without its model, which the command line does not load."""
    if "django_admin_log" not in connection.introspection.table_names():
        return []
    query = "SELECT action_time, object_repr, change_message FROM django_admin_log WHERE user_id = %s ORDER BY id"
    with connection.cursor() as cursor:
        cursor.execute(query, [user])
        return [{"time": str(when), "object": name, "change": change} for when, name, change in cursor.fetchall()]


def _erase_administration_log(user: int) -> None:
    if "django_admin_log" in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM django_admin_log WHERE user_id = %s", [user])


@contextmanager
def _overwriting_deleted_rows() -> Iterator[None]:
    """SQLite leaves deleted rows in free space and in its journal: overwrite them, and empty the journal.

    PostgreSQL leaves them in the table until it is written anew (`clean_up`).
    """
    if connection.in_atomic_block:
        yield
        return
    if connection.vendor != "sqlite":
        yield
        clean_up()
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA secure_delete = ON")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA secure_delete = OFF")
        clean_up()


def clean_up() -> bool:
    """Remove the bytes of deleted rows from where the database still has them, after an erasure.

    PostgreSQL: the tables of people are written anew, and locked meanwhile. SQLite: the journal is emptied. Returns
    False if a table was in use for too long: it is done again once a day for two days.
    """
    if not Person.objects.filter(erased__gt=timezone.now() - RECENT).exists():
        return True
    try:
        with connection.cursor() as cursor:
            if connection.vendor == "sqlite":
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                return bool(cursor.fetchone()[0] == 0)
            cursor.execute(f"SET lock_timeout = {LOCK_TIMEOUT}")
            try:
                for table in TABLES:
                    cursor.execute(f"VACUUM FULL {table}")
            finally:
                cursor.execute("RESET lock_timeout")
    except OperationalError:
        return False
    return True


def _invitation(row: Invitation) -> dict[str, Any]:
    return {
        "id": row.id,
        "organization": row.organization.name,
        "role": row.role,
        "created": _time(row.created),
        "accepted": _time(row.accepted),
    }


def _time(when: Any) -> str | None:
    return when.isoformat(timespec="seconds") if when else None
