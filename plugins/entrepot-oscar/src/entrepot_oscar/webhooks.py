"""Receives the webhooks of the node: the signature is verified, the event is remembered, the order is read again."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError, transaction
from django.http import HttpRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from entrepot.client import WrongSignature, verify_webhook
from entrepot_oscar.configuration import configuration
from entrepot_oscar.models import NodeOrder, WebhookSeen

#: Bytes of a webhook at most.
MAX_BODY = 256 * 1024


@csrf_exempt
@require_POST
def receive(request: HttpRequest) -> JsonResponse:
    """Remember a webhook. Answered before anything else is done: the worker reads the order."""
    try:
        length = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        length = MAX_BODY + 1
    if length > MAX_BODY:
        return _answer(413, f"A webhook has at most {MAX_BODY} bytes.")
    body = request.read(MAX_BODY + 1)
    if len(body) > MAX_BODY:
        return _answer(413, f"A webhook has at most {MAX_BODY} bytes.")
    try:
        event = verify_webhook(configuration().webhook_secret, request.headers, body)
    except WrongSignature as error:
        return _answer(400, str(error))
    number = request.headers["webhook-id"][:80]
    try:
        with transaction.atomic():
            WebhookSeen.objects.create(number=number, kind=str(event.get("type", ""))[:60])
            _mark(event)
    except IntegrityError:
        return _answer(200, "repeated")
    return _answer(200, "received")


def _mark(event: dict[str, Any]) -> None:
    """Mark the orders that an event is about."""
    subject = str(event.get("subject", ""))
    data = event.get("data")
    named = {subject, str(data.get("order", "")) if isinstance(data, dict) else ""} - {""}
    NodeOrder.objects.filter(number__in=named).update(stale=True)
    if subject and not subject.startswith("or_"):
        NodeOrder.objects.filter(parts__contains=subject).update(stale=True)


def _answer(status: int, says: str) -> JsonResponse:
    return JsonResponse({"status": says}, status=status)
