"""Signed tokens of the links that turn a group of e-mails off. They do not expire: neither do e-mails."""

from __future__ import annotations

from django.core import signing

_SALT = "entrepot.mail"


def mail_token(person: str, group: str) -> str:
    """The token of a person and a group of e-mails."""
    return signing.dumps([person, group], salt=_SALT)


def read_token(token: str) -> tuple[str, str] | None:
    """The person and the group of e-mails of a token; None if it is not valid."""
    try:
        found = signing.loads(token, salt=_SALT)
    except signing.BadSignature:
        return None
    return (str(found[0]), str(found[1])) if isinstance(found, list) and len(found) == 2 else None
