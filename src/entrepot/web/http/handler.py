"""The WSGI handler: requests of the API and messages of nodes pass only the middleware that concerns them.

Django has one list of middleware for all requests. What serves pages only (sessions, users, forms, static files) took a
tenth of the time of an answer of the API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler, get_script_name
from django.core.signals import request_started
from django.http import HttpRequest
from django.urls import ResolverMatch, set_script_prefix
from django.utils.module_loading import import_string

from entrepot.web.http.headers import header_list

#: The beginning of the addresses of the API, and where the messages of other nodes arrive.
API = ("/v1/", "/nodes/messages")

Chain = Callable[[HttpRequest], Any]


class Handler(WSGIHandler):
    """Django's handler with `settings.API_MIDDLEWARE` for the API and `settings.MIDDLEWARE` for everything else."""

    _middleware_chain: Chain
    _api: Chain

    def load_middleware(self, is_async: bool = False) -> None:
        """Build both chains of middleware."""
        super().load_middleware(is_async)
        api = convert_exception_to_response(self._answer)
        for path in reversed(settings.API_MIDDLEWARE):
            try:
                api = convert_exception_to_response(import_string(path)(api))
            except MiddlewareNotUsed:
                continue
        self._fixed: dict[str, ResolverMatch] = {}
        self._api = api

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        """Answer a request. The API sends no file that the HTTP server could read itself."""
        if not environ.get("PATH_INFO", "").startswith(API):
            return super().__call__(environ, start_response)
        set_script_prefix(get_script_name(environ))
        request_started.send(sender=Handler, environ=environ)
        request = self.request_class(environ)
        response = self._api(request)
        response._resource_closers.append(request.close)  # noqa: SLF001  # as Django does, and in the next line
        response._handler_class = Handler  # noqa: SLF001
        start_response(f"{response.status_code} {response.reason_phrase}", header_list(response))
        return response

    def _answer(self, request: HttpRequest) -> Any:
        """The response of a view of the API: it has no template, no form, and no transaction around it."""
        view, given, named = self.resolve_request(request)
        return view(request, *given, **named)

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """The view of a request. Those of the API that have nothing variable in their address are remembered."""
        known = self._fixed.get(request.path_info)
        if known is None:
            known = super().resolve_request(request)
            if request.path_info.startswith(API) and not known.args and not known.kwargs:
                self._fixed[request.path_info] = known  # one for each route at most
        request.resolver_match = known
        return known
