"""Launches: the request of login to the tool, the tool's request of authentication, and the message it gets.

Platform -> tool: login (issuer, hint). Tool -> platform: authentication (state, nonce). Platform -> tool: the signed
message, posted by the browser (OpenID Connect, response mode `form_post`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

from entrepot.connect.lti import names
from entrepot.connect.lti.faults import LtiFault
from entrepot.trade.courses.tools import Tool

#: How long a message is valid, and a login that the tool has not answered yet.
MESSAGE_LIFETIME, LOGIN_LIFETIME = dt.timedelta(minutes=5), dt.timedelta(minutes=10)
MAX_STATE, MAX_NONCE = 2000, 500


class Platform(NamedTuple):
    """The node as a platform: its issuer, which is its address, and its name."""

    issuer: str
    name: str

    def address(self, path: str) -> str:
        """An address of the platform."""
        return f"{self.issuer}/lti/{path}"

    @property
    def audiences(self) -> tuple[str, ...]:
        """What tools may name as the audience of their tokens."""
        return self.address("token"), self.issuer


class Request(NamedTuple):
    """A tool's request of authentication."""

    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    login_hint: str
    message_hint: str


class Course(NamedTuple):
    """What is launched, as the tool sees it. `link`: of the resource; `item`: of its grade, "" where it has none."""

    id: str
    title: str
    link: str
    target: str
    item: str = ""
    language: str = "en"
    custom: Mapping[str, str] = {}


def login_url(tool: Tool, platform: Platform, target: str, hint: str) -> str:
    """Where the browser goes first. `hint`: by which the platform finds the launch again, once."""
    query = {
        "iss": platform.issuer,
        "login_hint": hint,
        "target_link_uri": target,
        "lti_message_hint": hint,
        "client_id": tool.client_id,
        "lti_deployment_id": tool.deployment,
    }
    return f"{tool.login_url}{'&' if urlsplit(tool.login_url).query else '?'}{urlencode(query)}"


def read_request(given: Mapping[str, str]) -> Request:
    """A request of authentication. Raises LtiFault, as OpenID Connect names what is wrong."""
    expected = {"scope": "openid", "response_type": "id_token", "response_mode": "form_post", "prompt": "none"}
    for name, value in expected.items():
        found = given.get(name, "")
        if value not in found.split() if name == "scope" else found != value:
            code = "unsupported_response_type" if name == "response_type" else "invalid_request"
            raise LtiFault(code, f"{name} must be {value}, not {found[:40]!r}.")
    state, nonce = given.get("state", ""), given.get("nonce", "")
    if not 0 < len(nonce) <= MAX_NONCE or len(state) > MAX_STATE:
        raise LtiFault("invalid_request", "The request needs a nonce; state and nonce are not longer than allowed.")
    return Request(
        client_id=given.get("client_id", ""),
        redirect_uri=given.get("redirect_uri", ""),
        state=state,
        nonce=nonce,
        login_hint=given.get("login_hint", ""),
        message_hint=given.get("lti_message_hint", ""),
    )


def check_request(asked: Request, tool: Tool) -> None:
    """Raises LtiFault where a request is not one of the tool. Nothing may be sent to the address before that."""
    if asked.client_id != tool.client_id:
        raise LtiFault("unauthorized_client", "The client id is not that of the tool of this launch.")
    if asked.redirect_uri not in tool.launch_urls:
        raise LtiFault("invalid_request", f"redirect_uri {asked.redirect_uri[:200]!r} is not registered for this tool.")
    if tool.status != "enabled":
        raise LtiFault("unauthorized_client", "The tool is disabled at this node.", 403)


def resource_claims(
    course: Course, tool: Tool, platform: Platform, asked: Request, subject: str, now: dt.datetime, *, back: str
) -> dict[str, Any]:
    """The message that launches a course for a learner. `subject`: its pseudonym; `back`: the page to return to.

    No name and no e-mail address is in it.
    """
    courses = platform.address(f"courses/{course.id}")
    grades = {"scope": list(names.GRADE_SCOPES), "lineitems": f"{courses}/line-items"}
    if course.item:
        grades["lineitem"] = f"{courses}/line-items/{course.item}"
    custom = {**course.custom, "xapi_endpoint": f"{platform.issuer}/xapi/", "xapi_scope": names.SCOPE_STATEMENTS}
    return {
        **_claims(tool, platform, asked, subject, now, language=course.language),
        names.MESSAGE_TYPE: names.RESOURCE_REQUEST,
        names.TARGET: course.target,
        names.RESOURCE_LINK: {"id": course.link, "title": course.title},
        names.CONTEXT: _context(course),
        names.ROLES: [names.LEARNER],
        names.CUSTOM: custom,
        names.PRESENTATION: {"document_target": "window", "return_url": back, "locale": course.language},
        names.GRADES: grades,
        names.ROSTER: {"context_memberships_url": f"{courses}/members", "service_versions": ["2.0"]},
    }


def linking_claims(
    course: Course, tool: Tool, platform: Platform, asked: Request, subject: str, now: dt.datetime, *, data: str
) -> dict[str, Any]:
    """The message with which a seller chooses content in its tool. `data`: comes back with the answer."""
    return {
        **_claims(tool, platform, asked, subject, now, language=course.language),
        names.MESSAGE_TYPE: names.LINKING_REQUEST,
        names.CONTEXT: _context(course),
        names.ROLES: [names.INSTRUCTOR],
        names.LINKING_SETTINGS: {
            "deep_link_return_url": platform.address("deep-links"),
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["window"],
            "accept_multiple": False,
            "accept_lineitem": True,
            "auto_create": False,
            "data": data,
        },
    }


def _context(course: Course) -> dict[str, Any]:
    kind = "http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"
    return {"id": course.id, "title": course.title, "type": [kind]}


def _claims(
    tool: Tool, platform: Platform, asked: Request, subject: str, now: dt.datetime, *, language: str
) -> dict[str, Any]:
    issued = int(now.timestamp())
    return {
        "iss": platform.issuer,
        "aud": tool.client_id,
        "azp": tool.client_id,
        "sub": subject,
        "iat": issued,
        "exp": issued + int(MESSAGE_LIFETIME.total_seconds()),
        "nonce": asked.nonce,
        "locale": language,
        names.VERSION_CLAIM: names.VERSION,
        names.DEPLOYMENT: tool.deployment,
        names.PLATFORM: {"guid": platform.issuer, "name": platform.name, "product_family_code": "entrepot"},
    }
