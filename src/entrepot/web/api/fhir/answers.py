"""Answers of the FHIR endpoint: resources as JSON, and each error as an OperationOutcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import msgspec
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from entrepot.connect.fhir.models import MEDIA, NotR4B
from entrepot.connect.fhir.searches import SearchFault
from entrepot.connect.fhir.server import operation_outcome
from entrepot.model.errors import StoreError
from entrepot.store.failures import REASONS
from entrepot.trade.ports import NotFound
from entrepot.web.http.errors import LOG, Refused, log_error, retry_after
from entrepot.web.http.rate_limit import add_headers, current_remaining

#: The code of an issue, by the status of the answer.
_CODES = {400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 429: "throttled"}
MEDIA_TYPE = f"{MEDIA}; fhirVersion=4.3"


class Gone(Exception):
    """The data of a resource were erased."""


def resource(value: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """A resource. Nobody keeps it on the way: it may concern a person's health."""
    response = HttpResponse(msgspec.json.encode(value), content_type=MEDIA_TYPE, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def fault(status: int, code: str, says: str, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """An error."""
    response = resource(operation_outcome(code, says), status)
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def endpoint(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """A view of the endpoint: it is read only, and its errors are those of FHIR."""

    @csrf_exempt
    @wraps(view)
    def handle(request: HttpRequest, **named: str) -> HttpResponseBase:
        current_remaining.set(None)
        if request.method not in ("GET", "HEAD"):
            says = "Visits are changed on the pages. This endpoint reads and searches: use GET."
            return fault(405, "not-supported", says, {"Allow": "GET, HEAD"})
        try:
            return add_headers(view(request, **named))
        except (NotFound, Http404):
            return add_headers(fault(404, "not-found", "The organization of this API key has no such resource."))
        except Gone:
            return add_headers(fault(410, "deleted", "The data of this resource were erased."))
        except SearchFault as error:
            return add_headers(fault(400, error.code, str(error)))
        except Refused as refused:
            return add_headers(_refused(refused))
        except StoreError as error:
            return fault(503, "not-supported", str(error))
        except NotR4B as error:
            # The elements, and not their values: those may concern a person's health.
            LOG.error("a resource is not one of R4B", extra={"fields": {"elements": str(error)}})
            return fault(500, "exception", "The server failed to write this resource. The error was logged.")
        except Exception as error:  # noqa: BLE001  # logged; the client learns that it may try again
            return _unexpected(error)

    return handle


def _refused(refused: Refused) -> HttpResponse:
    """A refusal of the node's own API as an outcome."""
    status = refused.response.status_code
    given = msgspec.json.decode(refused.response.content)["error"]
    headers = {name: refused.response[name] for name in ("Retry-After", "WWW-Authenticate") if name in refused.response}
    return fault(status, _CODES.get(status, "processing"), given["message"], headers)


def _unexpected(error: Exception) -> HttpResponse:
    reason = log_error(error)
    if reason is None:
        return fault(500, "exception", "The server failed to answer this request. The error was logged.")
    return fault(503, "transient", REASONS[reason], {"Retry-After": str(retry_after(reason))})
