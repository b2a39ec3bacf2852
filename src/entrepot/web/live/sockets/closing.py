"""Why a connection is closed: the code and the reason that its client gets.

Codes below 4000 are those of RFC 6455 and its registry; the others are this server's.
"""

from __future__ import annotations

from typing import NamedTuple


class Closing(NamedTuple):
    """A close code, and its reason in at most 123 bytes. Pages show a text of their own for each code."""

    code: int
    reason: str


NORMAL = Closing(1000, "The connection was closed.")
GONE = Closing(1005, "The client closed the connection.")
TOO_LARGE = Closing(1009, "The message is too large.")
FAILED = Closing(1011, "An unexpected error occurred.")
RESTART = Closing(1012, "The server stops. Connect again in a few seconds.")
TRY_LATER = Closing(1013, "The server is busy. Try again later.")
BAD_MESSAGE = Closing(4400, "The message is not valid.")
BAD_TOKEN = Closing(4401, "The token is not valid. Load the page again.")
FORBIDDEN = Closing(4403, "This grant does not allow it.")
NOT_FOUND = Closing(4404, "There is no such room.")
NO_FIRST_MESSAGE = Closing(4408, "No token was sent in time.")
FULL = Closing(4409, "The room is full.")
ENDED = Closing(4410, "The grant has ended or was revoked.")
TOO_SLOW = Closing(4413, "The client does not read its messages.")
TOO_MANY = Closing(4429, "Too many messages.")
TOO_MANY_CONNECTIONS = Closing(4430, "Too many connections.")
IDLE = Closing(4440, "Nothing was received for too long.")


class Refused(Exception):
    """A connection, or a message of it, is refused; the connection is closed."""

    def __init__(self, closing: Closing) -> None:
        super().__init__(closing.reason)
        self.closing = closing
