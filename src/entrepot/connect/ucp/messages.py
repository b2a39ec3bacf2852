"""Messages of an answer: what is missing or wrong, what the buyer must see, and who can mend it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from entrepot.connect.ucp.sessions import ESCALATION, INCOMPLETE, READY

#: What a platform does about an error: change the request, or send the buyer to a page of the node.
RECOVERABLE, BUYER_INPUT, BUYER_REVIEW = "recoverable", "requires_buyer_input", "requires_buyer_review"
UNRECOVERABLE = "unrecoverable"


class Message(NamedTuple):
    """A message. `kind`: error, warning or info; `severity`: of an error; `disclosure`: a warning that must be seen."""

    kind: str
    code: str
    content: str
    path: str = ""
    severity: str = ""
    disclosure: bool = False

    def shown(self) -> dict[str, Any]:
        """The message as JSON."""
        found: dict[str, Any] = {"type": self.kind, "code": self.code, "content": self.content}
        if self.path:
            found["path"] = self.path
        if self.kind == "error":
            found["severity"] = self.severity
        if self.disclosure:
            found["presentation"] = "disclosure"
        return found


def error(code: str, content: str, path: str = "", severity: str = RECOVERABLE) -> Message:
    """An error."""
    return Message("error", code, content, path, severity)


def warning(code: str, content: str, path: str = "", *, disclosure: bool = False) -> Message:
    """A warning."""
    return Message("warning", code, content, path, disclosure=disclosure)


def info(code: str, content: str, path: str = "") -> Message:
    """Information."""
    return Message("info", code, content, path)


def open_status(messages: Iterable[Message]) -> str:
    """The status of an open checkout: what the platform can mend comes before what only the buyer can.

    >>> only_buyer = error("a", "", severity=BUYER_INPUT)
    >>> open_status([only_buyer]), open_status([only_buyer, error("b", "")]), open_status([])
    ('requires_escalation', 'incomplete', 'ready_for_complete')
    """
    found = {each.severity for each in messages if each.kind == "error"}
    if not found:
        return READY
    return ESCALATION if found <= {BUYER_INPUT, BUYER_REVIEW} else INCOMPLETE
