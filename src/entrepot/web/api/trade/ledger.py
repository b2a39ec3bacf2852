"""`/v1/ledger`: signed checkpoints and proofs, with which others check that this node does not rewrite its history.

Checkpoints and consistency proofs contain only hashes and are open to everyone. An event is shown, with its proof, to
those to whom its object belongs.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router
from ninja.params.functions import Query

from entrepot.trade.ports import NotFound
from entrepot.trade_app import ledger
from entrepot.web.api import openapi
from entrepot.web.api.trade.requests import caller_of, respond
from entrepot.web.http.api_keys import find_caller
from entrepot.web.http.errors import Refused, json_response
from entrepot.web.http.rate_limit import count_request
from entrepot.web.trade.ledger_shapes import ConsistencyProof

router = Router(tags=["trade"])

_COUNT = 2**53 - 1
_INVALID = {422: "a parameter is not valid"}
_CHECKPOINT = {"responses": openapi.responses(openapi.reference("Checkpoint"), says="The checkpoint")}
_INCLUSION = {
    "responses": openapi.responses(
        openapi.reference("Proof"),
        says="The event and its proof",
        faults={**_INVALID, 404: "no such event of the organization"},
    )
}
_CONSISTENCY = {
    "responses": openapi.responses(
        openapi.reference("ConsistencyProof"), says="The proof", faults={**_INVALID, 404: "the ledger is shorter"}
    )
}


@router.get(
    "/ledger/checkpoint",
    operation_id="getCheckpoint",
    openapi_extra=_CHECKPOINT,
    summary="Read the signed checkpoint of the ledger",
)
def checkpoint(request: HttpRequest) -> HttpResponse:
    """The last checkpoint; a new one is signed if it is older than ten seconds and events were appended since."""
    count_request(find_caller(request, open_to_all=True))
    return json_response(ledger.describe(*ledger.checkpoint(at_least=ledger.MAX_AGE)))


@router.get(
    "/ledger/proofs/inclusion",
    operation_id="proveEvent",
    openapi_extra=_INCLUSION,
    summary="Prove that an event is in the ledger",
)
def inclusion(
    request: HttpRequest, event: str = Query(..., max_length=60, description="the id of an event, ev_…")
) -> HttpResponse:
    """The event as it was recorded, the hashes that lead from it to the root, and the signed checkpoint.

    An event that names the buyer's identity hash or annual limit is proved to the seller by its hash alone.
    """
    # One answer for what does not exist and for what belongs to others.
    return respond(ledger.prove_to(event, caller_of(request).organization))


@router.get(
    "/ledger/proofs/consistency",
    operation_id="proveConsistency",
    openapi_extra=_CONSISTENCY,
    summary="Prove that an earlier ledger is the beginning of a later one",
)
def consistency(
    request: HttpRequest,
    first: int = Query(..., ge=0, le=_COUNT, description="the number of events of the earlier checkpoint"),
    second: int = Query(..., ge=0, le=_COUNT, description="the number of events of the later checkpoint"),
) -> HttpResponse:
    """The hashes that lead from both roots to each other. Check them with the signed notes of both checkpoints."""
    count_request(find_caller(request, open_to_all=True))
    try:
        proof = ledger.prove_consistency(first, second)
    except NotFound as error:
        raise Refused(404, "invalid_request_error", "no_proof", str(error), "second") from None
    return json_response(ConsistencyProof("proof", first, second, [each.hex() for each in proof]))
