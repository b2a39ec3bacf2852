"""`/v1/documents`: issue the documents of orders, and read them as PDF, as UBL and as credentials."""

from __future__ import annotations

from typing import Any

import msgspec
from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.connect.documents.pdf import PdfNotAvailable
from entrepot.trade.papers.documents import Document
from entrepot.trade_app import documents
from entrepot.web.api import openapi
from entrepot.web.api.trade.requests import (
    LISTED,
    After,
    Limit,
    caller_of,
    key_of,
    list_objects,
    lists,
    read_as,
    read_optional,
    reads,
    respond,
    respond_list,
    writes,
)
from entrepot.web.http.errors import Refused
from entrepot.web.trade import calls
from entrepot.web.trade.bodies import DocumentWithdrawn, DocumentWritten
from entrepot.web.trade.show import show_document

router = Router(tags=["trade"])
#: The media types of the forms of a document, by their ending.
MEDIA = {"pdf": "application/pdf", "xml": "application/xml", "jwt": "application/vc+jwt"}
_FAULTS = {
    404: "the organization of the key has no such document",
    422: "the document does not exist in this form, or its content was erased",
}


def _form(ending: str, says: str) -> dict[str, Any]:
    """The description of an operation that answers a file."""
    described = openapi.responses({"type": "string", "format": "binary"}, says=says, faults=_FAULTS)
    described[200]["content"] = {MEDIA[ending]: described[200]["content"]["application/json"]}
    return {"responses": described}


@router.post(
    "/documents",
    operation_id="createDocument",
    openapi_extra=writes("DocumentWritten", "DocumentShown", "The document", key=True),
    summary="Issue a document of an order",
)
def create(request: HttpRequest) -> HttpResponse:
    """The document. What is not known stays blank and is named in `missing`; a contradiction is refused."""
    actor = caller_of(request, "clerk")
    given = msgspec.to_builtins(read_as(request, DocumentWritten))
    return respond(show_document(documents.issue(actor.organization, given, key_of(request)), calls.decimals))


@router.get(
    "/documents",
    operation_id="listDocuments",
    openapi_extra=lists("DocumentShown", "A page of the documents of the organization's orders, the newest first"),
    summary="List the documents of the organization's orders",
)
def list_documents(
    request: HttpRequest,
    limit: Limit = LISTED,
    starting_after: After = None,
    status: str | None = Query(None, max_length=40, description="only documents with this status"),
) -> HttpResponse:
    """The documents."""
    _actor, found, more = list_objects(request, "do_", limit, starting_after, status)
    return respond_list((show_document(each, calls.decimals) for each in found), more=more)


@router.get(
    "/documents/{number}.pdf",
    operation_id="getDocumentPdf",
    openapi_extra=_form("pdf", "The document as PDF/A-3, with its data and its credential inside"),
    summary="Read a document as PDF",
)
def as_pdf(request: HttpRequest, number: str) -> HttpResponse:
    """The PDF."""
    document = _found(request, number)
    try:
        return _file(document, "pdf", documents.pdf_of([document]))
    except PdfNotAvailable as error:
        raise Refused(503, "api_error", "pdf_not_available", str(error)) from None


@router.get(
    "/documents/{number}.xml",
    operation_id="getDocumentXml",
    openapi_extra=_form("xml", "The document as UBL 2.1"),
    summary="Read a document as UBL 2.1",
)
def as_xml(request: HttpRequest, number: str) -> HttpResponse:
    """The XML, of kinds for which UBL has a type."""
    document = _found(request, number)
    return _file(document, "xml", documents.xml_of(document))


@router.get(
    "/documents/{number}.jwt",
    operation_id="getDocumentJwt",
    openapi_extra=_form("jwt", "The document as a verifiable credential, signed as vc+jwt"),
    summary="Read a document as a verifiable credential",
)
def as_jwt(request: HttpRequest, number: str) -> HttpResponse:
    """The credential, of kinds that others verify."""
    document = _found(request, number)
    return _file(document, "jwt", documents.credential_of(document).encode())


@router.get(
    "/documents/{number}",
    operation_id="getDocument",
    openapi_extra=reads("DocumentShown", "The document"),
    summary="Read a document",
)
def read(request: HttpRequest, number: str) -> HttpResponse:
    """The document, without what it says."""
    return respond(show_document(_found(request, number), calls.decimals))


@router.post(
    "/documents/{number}/withdraw",
    operation_id="withdrawDocument",
    openapi_extra=writes("DocumentWithdrawn", "DocumentShown", "The document, withdrawn"),
    summary="Withdraw a document, as its issuer",
)
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """The document. Its number stays used; whoever verifies it here is told."""
    actor = caller_of(request, "clerk")
    given = read_optional(request, DocumentWithdrawn)
    return respond(show_document(documents.withdraw(actor.organization, number, given.reason), calls.decimals))


def _found(request: HttpRequest, number: str) -> Document:
    found: Document = calls.find(number, "do_", caller_of(request).organization)
    return found


def _file(document: Document, ending: str, body: bytes) -> HttpResponse:
    response = HttpResponse(body, content_type=MEDIA[ending])
    response["Content-Disposition"] = f'attachment; filename="{document.number}.{ending}"'
    response["Cache-Control"] = "private, no-store"
    return response
