"""What a tool answers when a seller has chosen content in it (LTI Deep Linking 2.0)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from entrepot.connect.lti import names
from entrepot.connect.lti.faults import LtiFault
from entrepot.connect.lti.grades import number
from entrepot.connect.lti.tool import check_url
from entrepot.trade.courses.tools import Tool

MAX_TITLE, MAX_CUSTOM, MAX_VALUE = 200, 20, 500


class Chosen(NamedTuple):
    """The content. `url`: "" for the usual launch; `maximum`: of its grade, if the tool named one."""

    url: str
    title: str
    custom: Mapping[str, str]
    maximum: Decimal | None


def read_answer(claims: Mapping[str, Any], tool: Tool, data: str, *, allow_loopback: bool) -> Chosen | None:
    """The content that was chosen; None if nothing was. Raises LtiFault."""
    if claims.get(names.MESSAGE_TYPE) != names.LINKING_RESPONSE or claims.get(names.VERSION_CLAIM) != names.VERSION:
        raise LtiFault("invalid_request", f"The message is not {names.LINKING_RESPONSE} of LTI {names.VERSION}.")
    if claims.get(names.DEPLOYMENT) != tool.deployment:
        raise LtiFault("invalid_request", "The deployment of the message is not that of this tool.")
    if claims.get(names.LINKING_DATA) != data:
        raise LtiFault("invalid_request", "The message does not answer this request: its data is another.")
    if claims.get(names.LINKING_ERROR):
        raise LtiFault("tool_error", f"The tool says: {str(claims[names.LINKING_ERROR])[:200]}")
    items = claims.get(names.LINKING_ITEMS) or []
    if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
        raise LtiFault("invalid_request", "content_items is not a list of objects.")
    chosen = next((each for each in items if each.get("type") == "ltiResourceLink"), None)
    if chosen is None:
        if items:
            raise LtiFault("invalid_request", "The tool offers other content than a resource link (ltiResourceLink).")
        return None
    return _read(chosen, allow_loopback=allow_loopback)


def _read(chosen: Mapping[str, Any], *, allow_loopback: bool) -> Chosen:
    url, title, custom = chosen.get("url") or "", chosen.get("title") or "", chosen.get("custom") or {}
    if not isinstance(url, str) or not isinstance(title, str) or not isinstance(custom, dict):
        raise LtiFault("invalid_request", "The resource link is not valid: url and title are texts, custom an object.")
    if url:
        check_url(url, "url", allow_loopback=allow_loopback)
    if len(custom) > MAX_CUSTOM or any(len(str(each)) > MAX_VALUE for pair in custom.items() for each in pair):
        raise LtiFault("invalid_request", f"custom has at most {MAX_CUSTOM} values of {MAX_VALUE} characters.")
    item = chosen.get("lineItem")
    maximum = number(item.get("scoreMaximum"), "scoreMaximum") if isinstance(item, dict) else None
    if maximum is not None and maximum <= 0:
        raise LtiFault("invalid_request", "scoreMaximum must be more than 0.")
    return Chosen(url, title[:MAX_TITLE], {str(name): str(value) for name, value in custom.items()}, maximum)
