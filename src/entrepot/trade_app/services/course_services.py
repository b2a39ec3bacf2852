"""The services that tools call: access tokens, line items, scores, results, members, and xAPI statements.

`serve` answers a request that was read already: the web server calls it, and the tool of built-in courses does too.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec

from entrepot.connect.lti import access, grades, names, roster, tokens
from entrepot.connect.lti.access import Access
from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.lti.launches import Platform
from entrepot.model import json as untrusted
from entrepot.model.errors import TradeError
from entrepot.store import courses as rows
from entrepot.trade.courses import enrolment as learning
from entrepot.trade.courses.course import Course
from entrepot.trade.courses.enrolment import Enrolment
from entrepot.trade.courses.tools import PAGES_TOOL, Item
from entrepot.trade.ports import NotFound
from entrepot.trade_app.books import open_books
from entrepot.trade_app.services import course_keys, course_tools, courses

#: Bytes of a body, and entries of a page of a list.
MAX_BODY, MAX_PAGE = 100_000, 100


class Call(NamedTuple):
    """A request of a tool. `path`: what follows the address of the services; `bearer`: its Authorization header."""

    method: str
    path: tuple[str, ...]
    query: Mapping[str, str]
    body: bytes
    bearer: str


class Answer(NamedTuple):
    """The response. `next`: the query of the next page of a list."""

    status: int
    body: Any = None
    media: str = "application/json"
    next: str = ""


class Place(NamedTuple):
    """Where a call is: the platform, the course, its line items' address, the line item if one is named, the time."""

    platform: Platform
    course: Course
    tool: str
    address: str
    now: dt.datetime
    item: Item | None = None


def give_token(form: Mapping[str, str], platform: Platform, now: dt.datetime) -> dict[str, Any]:
    """An access token for a signed assertion, which is accepted once. Raises LtiFault."""
    assertion = access.read_grant(form)
    tool = rows.find_tool(client_id=tokens.unverified_issuer(assertion))
    if tool is None or tool.status != "enabled":
        raise LtiFault("invalid_client", "No enabled tool of this platform has this client id.", 401)
    claims = course_tools.verify(assertion, tool, platform.audiences, now)
    found = access.check_assertion(claims, tool)
    if not rows.accept_once(sha256(f"jti\0{tool.id}\0{found.id}".encode()).hexdigest(), found.expires):
        raise LtiFault("invalid_client", "The assertion was used before. Give each one another id (jti).", 401)
    scopes = access.scopes_of(form.get("scope", ""))
    return {
        "access_token": access.make_token(course_keys.access_secret(), tool.id, scopes, now),
        "token_type": "Bearer",
        "expires_in": int(access.LIFETIME.total_seconds()),
        "scope": " ".join(scopes),
    }


def allowed(bearer: str, scopes: tuple[str, ...], now: dt.datetime) -> Access:
    """What an access token allows, if its tool is still enabled. Raises LtiFault."""
    found = access.read_token(course_keys.access_secret(), bearer, scopes, now)
    tool = rows.find_tool(found.tool)
    if tool is None or tool.status != "enabled":
        raise LtiFault("invalid_token", "The tool of this access token is disabled.", 401)
    return found


def serve(call: Call, platform: Platform, now: dt.datetime) -> Answer:
    """Answer a call of a tool. Raises LtiFault."""
    try:
        return _route(call, platform, now)
    except NotFound:
        raise _not_found() from None
    except TradeError as error:
        raise LtiFault(error.code, str(error), 422) from None


def _route(call: Call, platform: Platform, now: dt.datetime) -> Answer:
    course, *rest = call.path
    shape = (call.method, *("*" if place == 1 else part for place, part in enumerate(rest)))
    found = _CALLS.get(shape)
    if found is None:
        raise LtiFault("not_found", "No service is at this address, or it has not this method.", 404)
    scopes, answer = found
    may = allowed(call.bearer, scopes, now)
    return answer(call, _place(course, rest, may, platform, now))


def _place(course: str, rest: list[str], may: Access, platform: Platform, now: dt.datetime) -> Place:
    state = open_books().read(course) if course.startswith("cs_") else None
    # A course of another tool is not found.
    if not isinstance(state, Course) or (state.tool or PAGES_TOOL) != may.tool:
        raise _not_found()
    place = Place(platform, state, may.tool, platform.address(f"courses/{course}/line-items"), now)
    if len(rest) > 1:
        item = rows.find_item(course, rest[1])
        if item is None:
            raise _not_found()
        place = place._replace(item=item)
    return place


def _list_items(call: Call, place: Place) -> Answer:
    wanted = {
        field: call.query[name]
        for name, field in (("resource_link_id", "link"), ("resource_id", "resource"), ("tag", "tag"))
        if call.query.get(name)
    }
    limit = _limit(call)
    found = rows.list_items(place.course.id, wanted, after=call.query.get("after", ""), limit=limit + 1)
    shown = [grades.shown_item(each, place.address) for each in found[:limit]]
    return Answer(200, shown, names.ITEMS_MEDIA, _next(call, found[limit - 1].id if len(found) > limit else ""))


def _create_item(call: Call, place: Place) -> Answer:
    item = grades.read_item(_json(call), "", place.course.id)
    if item.link not in ("", place.course.id):
        raise LtiFault("invalid_request", "resourceLinkId is not a resource link of this course.")
    try:
        made = rows.create_item(item)
    except rows.TooMany:
        raise LtiFault("too_many", f"A course has at most {rows.MAX_ITEMS} line items.", 422) from None
    return Answer(201, grades.shown_item(made, place.address), names.ITEM_MEDIA)


def _read_item(_call: Call, place: Place) -> Answer:
    return Answer(200, grades.shown_item(_item(place), place.address), names.ITEM_MEDIA)


def _change_item(call: Call, place: Place) -> Answer:
    item = _item(place)
    given = grades.read_item(_json(call), item.id, place.course.id)
    changed = item._replace(label=given.label, maximum=given.maximum, resource=given.resource, tag=given.tag)
    rows.change_item(changed)
    return Answer(200, grades.shown_item(changed, place.address), names.ITEM_MEDIA)


def _delete_item(_call: Call, place: Place) -> Answer:
    if not rows.delete_item(place.course.id, _item(place).id):
        raise LtiFault("forbidden", "The grade of the course cannot be deleted.", 403)
    return Answer(204)


def _put_score(call: Call, place: Place) -> Answer:
    score = grades.read_score(_json(call))
    enrolment = rows.enrolment_of(place.course.id, score.subject)
    if enrolment is None:
        raise LtiFault("unknown_user", "userId is not a learner of this course: send the sub of the launch.", 404)
    if score.time > place.now + tokens.LEEWAY:
        raise LtiFault("invalid_request", "The timestamp of the score is in the future. Check the clock of the tool.")
    try:
        courses.record_score(_item(place), enrolment, score)
    except rows.OlderScore:
        raise LtiFault("score_older", "A score of the same time or later is known. Nothing was changed.", 409) from None
    return Answer(204)


def _list_results(call: Call, place: Place) -> Answer:
    limit, item = _limit(call), _item(place)
    after, subject = call.query.get("after", ""), call.query.get("user_id", "")
    found = rows.scores_of(item.id, subject=subject, after=after, limit=limit + 1)
    shown = [grades.shown_result(item, place.address, each) for each in found[:limit]]
    return Answer(200, shown, names.RESULTS_MEDIA, _next(call, found[limit - 1].subject if len(found) > limit else ""))


def _list_members(call: Call, place: Place) -> Answer:
    limit, course, books = _limit(call), place.course, open_books()
    found = rows.members_of(course.id, after=call.query.get("after", ""), limit=limit + 1)
    states: list[tuple[str, Enrolment]] = [(subject, books.read(number)) for subject, number in found[:limit]]
    address = place.platform.address(f"courses/{course.id}/members")
    asked = call.query.get("role", names.LEARNER)
    members = [(subject, state.status in learning.OPEN) for subject, state in states]
    body = roster.container(address, course.id, course.title, members if asked in (names.LEARNER, "Learner") else ())
    return Answer(200, body, names.ROSTER_MEDIA, _next(call, found[limit - 1][0] if len(found) > limit else ""))


_READ = (names.SCOPE_ITEMS, names.SCOPE_ITEMS_READ)
_CALLS: Mapping[tuple[str, ...], tuple[tuple[str, ...], Callable[[Call, Place], Answer]]] = {
    ("GET", "line-items"): (_READ, _list_items),
    ("POST", "line-items"): ((names.SCOPE_ITEMS,), _create_item),
    ("GET", "line-items", "*"): (_READ, _read_item),
    ("PUT", "line-items", "*"): ((names.SCOPE_ITEMS,), _change_item),
    ("DELETE", "line-items", "*"): ((names.SCOPE_ITEMS,), _delete_item),
    ("POST", "line-items", "*", "scores"): ((names.SCOPE_SCORES,), _put_score),
    ("GET", "line-items", "*", "results"): ((names.SCOPE_RESULTS,), _list_results),
    ("GET", "members"): ((names.SCOPE_ROSTER,), _list_members),
}


def _item(place: Place) -> Item:
    if place.item is None:
        raise _not_found()
    return place.item


def _json(call: Call) -> Any:
    if len(call.body) > MAX_BODY:
        raise LtiFault("invalid_request", f"The body has more than {MAX_BODY} bytes.", 413)
    try:
        return untrusted.decode(call.body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise LtiFault("invalid_request", f"The body is not JSON: {error}.") from None


def _limit(call: Call) -> int:
    text = call.query.get("limit", "")
    return min(max(int(text), 1), MAX_PAGE) if text.isascii() and text.isdigit() and len(text) < 6 else MAX_PAGE


def _next(call: Call, after: str) -> str:
    return urlencode({**call.query, "after": after}) if after else ""


def _not_found() -> LtiFault:
    return LtiFault("not_found", "This course, line item or learner does not exist for this tool.", 404)
