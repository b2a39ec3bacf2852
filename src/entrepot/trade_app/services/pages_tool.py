"""The tool of built-in courses: an LTI tool like those of sellers, launched and graded over the same platform code.

It keeps its own keys, trusts a launch only by the platform's published keys, and sends scores with an access token.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from entrepot.connect.lti import access, names, tokens
from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.lti.launches import Platform
from entrepot.connect.xapi import statements as xapi
from entrepot.store import courses as rows
from entrepot.trade.courses import content as contents
from entrepot.trade.courses.content import Content
from entrepot.trade.courses.course import Course
from entrepot.trade.courses.tools import PAGES_TOOL, Tool
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import course_keys, course_services, course_statements, courses
from entrepot.trade_app.services.course_services import Call

CLIENT, DEPLOYMENT = "entrepot-pages", "1"
#: Launches that a browser has begun, and courses that are open in it, at most.
MAX_PENDING, MAX_OPEN = 5, 20
_PENDING, _OPEN = "course_logins", "course_launches"
#: Kept between the requests of a browser.
Session = MutableMapping[str, Any]


class Learning(NamedTuple):
    """A course that is open in a browser. `item`: the address of the grade; `seen`: the pages that were shown."""

    course: Course
    content: Content
    subject: str
    item: str
    back: str
    seen: frozenset[int]


def register_once(platform: Platform, now: dt.datetime) -> Tool:
    """The registration of the tool; written if it is new, or if the address of the node or its keys have changed."""
    known = rows.find_tool(PAGES_TOOL)
    wanted = _registration(platform, now)
    return known if known == wanted else rows.put_tool(wanted, now)


def _registration(platform: Platform, now: dt.datetime) -> Tool:
    keys = {"keys": course_keys.published(course_keys.PAGES, now)}
    return Tool(
        id=PAGES_TOOL,
        organization="",
        name="Built-in courses",
        client_id=CLIENT,
        deployment=DEPLOYMENT,
        login_url=f"{platform.issuer}/courses/login",
        launch_urls=(f"{platform.issuer}/courses/launch",),
        keys=msgspec.json.encode(keys).decode(),
    )


def login(given: Mapping[str, str], session: Session, platform: Platform) -> str:
    """Where a login leads: to the platform's authentication, with a new state and nonce. Raises LtiFault."""
    if given.get("iss") != platform.issuer or given.get("client_id") != CLIENT:
        raise LtiFault("unknown_issuer", "This tool is launched by its own platform only.")
    state, nonce = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    session[_PENDING] = [*session.get(_PENDING, ()), [state, nonce]][-MAX_PENDING:]
    query = {
        "scope": "openid",
        "response_type": "id_token",
        "response_mode": "form_post",
        "prompt": "none",
        "client_id": CLIENT,
        "redirect_uri": f"{platform.issuer}/courses/launch",
        "login_hint": given.get("login_hint", ""),
        "lti_message_hint": given.get("lti_message_hint", ""),
        "state": state,
        "nonce": nonce,
    }
    return f"{platform.address('authorize')}?{urlencode(query)}"


def launch(given: Mapping[str, str], session: Session, platform: Platform, now: dt.datetime) -> str:
    """Open a course in a browser by the message of the platform. Returns the id of the course. Raises LtiFault."""
    pending = [tuple(each) for each in session.get(_PENDING, ())]
    nonce = next((nonce for state, nonce in pending if state == given.get("state")), None)
    if nonce is None:
        raise LtiFault("unknown_state", "This launch was not begun in this browser, or was used already.", 403)
    session[_PENDING] = [list(each) for each in pending if each[0] != given.get("state")]
    keys = course_keys.published(course_keys.PLATFORM, now)
    claims = tokens.verify(given.get("id_token", ""), keys, issuer=platform.issuer, audiences=(CLIENT,), now=now)
    if claims.get("nonce") != nonce:
        raise LtiFault("wrong_nonce", "The message answers another login.", 403)
    if claims.get(names.MESSAGE_TYPE) != names.RESOURCE_REQUEST or claims.get(names.DEPLOYMENT) != DEPLOYMENT:
        raise LtiFault("invalid_request", "The message is not a launch of this tool.", 403)
    course = str(claims[names.CONTEXT]["id"])
    opened = {name: each for name, each in session.get(_OPEN, {}).items() if name != course}
    opened[course] = {
        "sub": claims["sub"],
        "item": claims[names.GRADES]["lineitem"],
        "back": claims[names.PRESENTATION]["return_url"],
        "seen": session.get(_OPEN, {}).get(course, {}).get("seen", []),
    }
    session[_OPEN] = dict(list(opened.items())[-MAX_OPEN:])
    _tell("initialized", course, "course", str(claims["sub"]), platform, now)
    return course


def learning(session: Session, number: str) -> Learning | None:
    """The course that is open in a browser; None if it was not launched in it."""
    found = session.get(_OPEN, {}).get(number)
    if found is None:
        return None
    course: Course = open_books().read(number)
    content = courses.read_content(course, course.version)
    if content is None:
        return None
    return Learning(course, content, found["sub"], found["item"], found["back"], frozenset(found["seen"]))


def see(session: Session, found: Learning, page: int, platform: Platform, now: dt.datetime) -> None:
    """Record that a page was shown, once."""
    if page in found.seen:
        return
    opened = {**session[_OPEN]}
    opened[found.course.id] = {**opened[found.course.id], "seen": sorted(found.seen | {page})}
    session[_OPEN] = opened
    _tell("experienced", f"{found.course.id}/pages/{page}", "lesson", found.subject, platform, now)


def answer(
    found: Learning, answers: Mapping[int, Sequence[int]], platform: Platform, now: dt.datetime
) -> tuple[int, int]:
    """Grade the quiz and send the score to the platform. Returns the score and the maximum. Raises LtiFault."""
    given, maximum = contents.grade(found.content, answers)
    passed = given * 100 >= found.course.pass_percent * maximum
    score = {"scaled": round(given / maximum, 4), "raw": given, "min": 0, "max": maximum}
    result = {"score": score, "success": passed, "completion": True}
    about = f"{found.course.id}/quiz"
    _tell("passed" if passed else "failed", about, "assessment", found.subject, platform, now, result)
    sent = {
        "userId": found.subject,
        "scoreGiven": given,
        "scoreMaximum": maximum,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": now.isoformat(),
    }
    path = found.item.removeprefix(platform.address("courses/")).split("/")
    bearer = f"Bearer {_token(platform, now)}"
    body = msgspec.json.encode(sent)
    course_services.serve(Call("POST", (*path, "scores"), {}, body, bearer), platform, now)
    return given, maximum


def _token(platform: Platform, now: dt.datetime) -> str:
    """An access token, asked for like any tool does."""
    issued = int(now.timestamp())
    assertion = course_keys.signing_key(course_keys.PAGES, now).sign(
        {
            "iss": CLIENT,
            "sub": CLIENT,
            "aud": platform.address("token"),
            "iat": issued,
            "exp": issued + 60,
            "jti": secrets.token_urlsafe(16),
        }
    )
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": access.ASSERTION_TYPE,
        "client_assertion": assertion,
        "scope": names.SCOPE_SCORES,
    }
    return str(course_services.give_token(form, platform, now)["access_token"])


def _tell(
    verb: str,
    about: str,
    kind: str,
    subject: str,
    platform: Platform,
    now: dt.datetime,
    result: Mapping[str, Any] | None = None,
) -> None:
    activity = f"{platform.issuer}/courses/{about}"
    made = xapi.make(verb, activity, kind, home=platform.issuer, subject=subject, time=now, result=result)
    course_statements.keep_made(PAGES_TOOL, made, platform, now)
