"""The WSGI handler: requests of the API pass only the middleware that concerns them.

Django has one list of middleware for all requests. What serves pages only (sessions, users, forms, static files) took a
tenth of the time of an answer of the API.
"""

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.core.handlers.exception import convert_exception_to_response
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import ResolverMatch
from django.utils.module_loading import import_string

#: The beginning of the addresses of the API.
API = "/v1/"


class Handler(WSGIHandler):
    """Django's handler with `settings.API_MIDDLEWARE` for the API and `settings.MIDDLEWARE` for everything else."""

    def load_middleware(self, is_async: bool = False) -> None:  # as Django calls it
        """Build both chains of middleware."""
        super().load_middleware(is_async)
        pages = self._middleware_chain
        chain = convert_exception_to_response(self._get_response)
        for path in reversed(settings.API_MIDDLEWARE):
            try:
                chain = convert_exception_to_response(import_string(path)(chain))
            except MiddlewareNotUsed:
                continue
        api, self._fixed = chain, dict[str, ResolverMatch]()

        def choose(request: HttpRequest) -> HttpResponseBase:
            found: HttpResponseBase = (api if request.path_info.startswith(API) else pages)(request)
            return found

        self._middleware_chain = choose

    def resolve_request(self, request: HttpRequest) -> ResolverMatch:
        """The view of a request. Those of the API that have nothing variable in their address are remembered."""
        known = self._fixed.get(request.path_info)
        if known is None:
            known = super().resolve_request(request)
            if request.path_info.startswith(API) and not known.args and not known.kwargs:
                self._fixed[request.path_info] = known  # one for each route at most
        request.resolver_match = known
        return known
