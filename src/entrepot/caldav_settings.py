"""The settings of the calendar server (CalDAV) on which assets have their calendars."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from entrepot.configuration import ConfigurationError, read_text
from entrepot.counterpart_keys import check_address, read_key

#: The folder of a user on the server.
_PATH = re.compile(r"(/[A-Za-z0-9._~@%-]{1,100}){0,8}/?")


@dataclass(frozen=True, slots=True)
class CaldavSettings:
    """`address`: the folder of a user, in which each asset has a calendar; `user` and `password` of that user."""

    address: str
    user: str
    password: str = field(repr=False)


def read_caldav(environment: Mapping[str, str]) -> CaldavSettings | None:
    """The settings of the calendar server; None where none is set. Raises ConfigurationError.

    >>> read_caldav({"ENTREPOT_CALDAV": "https://calendar.example/node", "ENTREPOT_CALDAV_USER": "node",
    ...     "ENTREPOT_CALDAV_PASSWORD": "secret"})
    CaldavSettings(address='https://calendar.example/node', user='node')
    """
    name, user_name = "ENTREPOT_CALDAV", "ENTREPOT_CALDAV_USER"
    text, user = read_text(environment, name), read_text(environment, user_name)
    password = read_key(environment, "ENTREPOT_CALDAV_PASSWORD", needed_by=name if text is not None else "")
    if (text is None) != (user is None):
        given, needed = (name, user_name) if user is None else (user_name, name)
        raise ConfigurationError("{name} is set, but {needed} is not. Set both, or neither.", name=given, needed=needed)
    if text is None or user is None:
        return None
    scheme, _, rest = text.partition("://")
    host, _, path = rest.partition("/")
    address = check_address(f"{scheme}://{host}", name)
    if not _PATH.fullmatch(f"/{path}" if path else ""):
        check_address(text, name)  # says what is wrong
    return CaldavSettings(f"{address}/{path}".rstrip("/"), user, password)
