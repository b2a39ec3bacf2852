"""A course tool of a seller, the columns of its grades and its scores, as values: see LTI 1.3 in `connect.lti`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

import msgspec

#: The tool of built-in courses, which every node has.
PAGES_TOOL = "lt_pages"


class Tool(msgspec.Struct, frozen=True, kw_only=True):
    """A tool. `client_id` and `deployment`: by which it knows this node's registration; `jwks_url` or `keys`: its keys.

    `launch_urls`: where launches may go; the first is used unless a course names another. `status`: `enabled` or
    `disabled`: then nothing is launched, and its tokens are refused at once.
    """

    id: str
    organization: str
    name: str
    client_id: str
    deployment: str
    login_url: str
    launch_urls: tuple[str, ...]
    linking_url: str = ""
    jwks_url: str = ""
    keys: str = ""
    status: str = "enabled"


class Item(NamedTuple):
    """A column of grades. `link`: the resource link to which it belongs, or ""; `main`: the grade of the course."""

    id: str
    course: str
    label: str
    maximum: Decimal
    link: str = ""
    resource: str = ""
    tag: str = ""
    main: bool = False


class Score(NamedTuple):
    """A score of a learner. `given`: None where the tool has not graded yet; `time`: when, by the tool's clock."""

    subject: str
    given: Decimal | None
    maximum: Decimal | None
    activity: str
    grading: str
    time: dt.datetime


class Launch(NamedTuple):
    """A launch that has begun. `person`: the account that began it; `enrolment`: "" where a seller chooses content."""

    tool: str
    course: str
    enrolment: str
    person: str


class Statement(NamedTuple):
    """An xAPI statement of a pseudonym, for the store. `content`: its JSON."""

    id: str
    tool: str
    enrolment: str
    subject: str
    verb: str
    activity: str
    content: str
    voids: str = ""
