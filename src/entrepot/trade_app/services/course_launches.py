"""Launches put together: a learner opens a course, a seller chooses content, the tool asks, and gets its message."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from django.conf import settings

from entrepot.connect.lti import deep_linking, launches, names, tokens
from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.lti.launches import Platform
from entrepot.store import courses as rows
from entrepot.trade.courses.course import TOOL, Course
from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.courses.tools import Launch, Tool
from entrepot.trade.orders import is_of_other_node
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import course_keys, course_tools, courses
from entrepot.trade_app.services.courses import Linked

NAME = "Entrepot"


class Person(NamedTuple):
    """Who sits at the browser: the account, and the organization for which it acts."""

    id: str
    organization: str


class Message(NamedTuple):
    """What the browser posts to a tool."""

    address: str
    token: str
    state: str


def open_course(person: Person, delivery: str, platform: Platform, now: dt.datetime) -> str:
    """The address at which a learner's launch begins. Raises TradeError, NotFound and LtiFault."""
    opened = courses.enter(person.organization, person.id, delivery)
    target = courses.linked(opened.course, opened.course.version).url if opened.course.source == TOOL else ""
    launch = Launch(opened.tool.id, opened.course.id, opened.enrolment.id, person.id)
    return _begin(launch, opened.tool, platform, target, now)


def choose_content(person: Person, course: Course, platform: Platform, now: dt.datetime) -> str:
    """The address at which a seller chooses content in its tool. Raises LtiFault."""
    tool = rows.find_tool(course.tool, organization=person.organization)
    if tool is None or not tool.linking_url:
        raise LtiFault("linking_url", "The tool has no address for choosing content (deep linking).")
    return _begin(Launch(tool.id, course.id, "", person.id), tool, platform, tool.linking_url, now)


def _begin(launch: Launch, tool: Tool, platform: Platform, target: str, now: dt.datetime) -> str:
    if tool.status != "enabled":
        raise LtiFault("unauthorized_client", "The tool of this course is disabled. Ask its seller.", 403)
    hint = secrets.token_urlsafe(32)
    rows.begin_launch(_digest("hint", hint), launch, now + launches.LOGIN_LIFETIME)
    return launches.login_url(tool, platform, target or tool.launch_urls[0], hint)


def authorize(given: Mapping[str, str], person: Person, platform: Platform, now: dt.datetime) -> Message:
    """Answer a tool's request of authentication with the message of its launch, once.

    Raises LtiFault, TradeError and NotFound. The person must be the one who began the launch.
    """
    asked = launches.read_request(given)
    digest = _digest("hint", asked.login_hint)
    found = rows.find_launch(digest, now)
    if found is None or found[0].person != person.id:
        raise LtiFault("login_required", "This launch is not known, or it has expired. Open the course again.", 403)
    launch, state = found
    tool = rows.find_tool(launch.tool)
    if tool is None:
        raise LtiFault("unauthorized_client", "The tool of this course is not registered any more.", 403)
    launches.check_request(asked, tool)
    if state != "begun":
        raise LtiFault("launch_used", "This launch was used already. Open the course again.", 403)
    if not rows.accept_once(_digest("nonce", tool.id, asked.nonce), now + launches.LOGIN_LIFETIME):
        raise LtiFault("nonce_used", "The nonce of the tool was used before. It must be another one each time.", 403)
    if not rows.advance_launch(digest, "begun", "used" if launch.enrolment else "linking", now):
        raise LtiFault("launch_used", "This launch was used already. Open the course again.", 403)
    claims = (
        _learning(launch, tool, person, platform, asked, now)
        if launch.enrolment
        else (_linking(launch, tool, person, platform, asked, digest, now))
    )
    key = course_keys.signing_key(course_keys.PLATFORM, now)
    return Message(asked.redirect_uri, key.sign(claims), asked.state)


def _learning(
    launch: Launch, tool: Tool, person: Person, platform: Platform, asked: launches.Request, now: dt.datetime
) -> dict[str, object]:
    books = open_books()
    enrolment: Enrolment = books.read(launch.enrolment)
    opened = courses.enter(person.organization, person.id, enrolment.delivery)
    courses.start(opened, person.organization)
    course, item = opened.course, courses.main_item(opened.course)
    chosen = courses.linked(course, course.version) if course.source == TOOL else Linked()
    seen = launches.Course(
        id=course.id,
        title=course.title,
        link=course.id,
        target=chosen.url or tool.launch_urls[0],
        item=item.id,
        language=course.language,
        custom=chosen.custom,
    )
    place = "visitors" if is_of_other_node(person.organization) else "services"
    back = f"{platform.issuer}/{course.language}/{place}/{enrolment.delivery}/course"
    return launches.resource_claims(seen, tool, platform, asked, opened.subject, now, back=back)


def _linking(
    launch: Launch, tool: Tool, person: Person, platform: Platform, asked: launches.Request, data: str, now: dt.datetime
) -> dict[str, object]:
    course = courses.find(person.organization, launch.course)
    subject = open_books().run(lambda tx: courses.subject_of(tx, tool.id, person.id))
    seen = launches.Course(id=course.id, title=course.title, link=course.id, target="", language=course.language)
    return launches.linking_claims(seen, tool, platform, asked, subject, now, data=data)


def accept_content(token: str, platform: Platform, now: dt.datetime) -> Course:
    """Keep what a seller chose in its tool: the signed answer to a request, once. Raises LtiFault and NotFound.

    The browser comes from another site and brings no cookies: the tool's signature and the data of the request count.
    """
    tool = rows.find_tool(client_id=tokens.unverified_issuer(token))
    if tool is None or not tool.organization or tool.status != "enabled":
        raise LtiFault("unauthorized_client", "The tool that answers is not registered and enabled here.", 403)
    claims = course_tools.verify(token, tool, (platform.issuer,), now)
    digest = str(claims.get(names.LINKING_DATA, ""))
    found = rows.find_launch(digest, now)
    if found is None or found[0].tool != tool.id:
        raise LtiFault("login_required", "This answer belongs to no request, or it came too late.", 403)
    chosen = deep_linking.read_answer(claims, tool, digest, allow_loopback=settings.WEBHOOKS_LOOPBACK)
    nonce = str(claims.get("nonce", ""))
    fresh = bool(nonce) and rows.accept_once(_digest("nonce", tool.id, nonce), now + tokens.LONGEST)
    if not fresh or not rows.advance_launch(digest, "linking", "used", now):
        raise LtiFault("nonce_used", "This answer was accepted already. Choose the content again.", 403)
    course = courses.find(tool.organization, found[0].course)
    if chosen is not None:
        courses.save_linked(course, Linked(chosen.url, chosen.title, dict(chosen.custom)), chosen.maximum, now)
    return course


def _digest(*parts: str) -> str:
    return sha256("\0".join(parts).encode()).hexdigest()
