"""The node as a platform of courses, as a request sees it."""

from __future__ import annotations

import datetime as dt

from django.http import HttpRequest

from entrepot.connect.lti.launches import Platform
from entrepot.trade_app.documents import node_url
from entrepot.trade_app.services.course_launches import NAME


def platform_of(request: HttpRequest) -> Platform:
    """The platform: its issuer is the address of the node, or where none is set, that of the request."""
    return Platform(node_url() or f"{request.scheme}://{request.get_host()}", NAME)


def now() -> dt.datetime:
    """The time of a request."""
    return dt.datetime.now(dt.UTC)
