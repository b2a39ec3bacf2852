"""Names and Role Provisioning Services 2.0, with as little as possible: pseudonyms, roles and states."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from entrepot.connect.lti import names


def container(address: str, course: str, title: str, members: Iterable[tuple[str, bool]]) -> dict[str, Any]:
    """The members of a course. Each is a pseudonym, and whether it is active: no names and no e-mail addresses."""
    return {
        "id": address,
        "context": {"id": course, "title": title},
        "members": [
            {"user_id": subject, "roles": [names.LEARNER], "status": "Active" if active else "Inactive"}
            for subject, active in members
        ],
    }
