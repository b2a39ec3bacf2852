"""What the endpoint says of itself, its errors and its pages: CapabilityStatement, OperationOutcome and Bundle."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from entrepot.connect.fhir.models import MEDIA, VERSION, without_empty
from entrepot.connect.fhir.searches import SEARCHES

#: Types that are read by their id and not searched for.
READ_ONLY = ("Binary",)
#: The day on which the capabilities last changed.
CHANGED = "2026-11-26"


def capability_statement(base: str, software: str) -> dict[str, Any]:
    """What this endpoint can: the version, the types, their searches."""
    found = [_resource(kind, SEARCHES.get(kind, {})) for kind in sorted((*SEARCHES, *READ_ONLY))]
    security = "Send the API key of an organization: Authorization: Bearer ek_… An object of others is not found (404)."
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": CHANGED,
        "publisher": "Entrepot",
        "kind": "instance",
        "software": {"name": "Entrepot", "version": software},
        "implementation": {"description": "Video visits of this node", "url": base},
        "fhirVersion": VERSION,
        "format": [MEDIA, "json"],
        "rest": [{"mode": "server", "security": {"cors": False, "description": security}, "resource": found}],
    }


def _resource(kind: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
    interactions = ["read", "search-type"] if parameters else ["read"]
    return without_empty(
        {
            "type": kind,
            "interaction": [{"code": each} for each in interactions],
            "versioning": "no-version",
            "referencePolicy": ["local"],
            "searchParam": [
                {"name": name, "type": each.kind, "documentation": each.says} for name, each in parameters.items()
            ],
        }
    )


def operation_outcome(code: str, says: str, severity: str = "error") -> dict[str, Any]:
    """An error. `code`: of the value set of issues."""
    return {
        "resourceType": "OperationOutcome",
        "issue": [{"severity": severity, "code": code, "diagnostics": says}],
    }


def bundle(
    base: str, resources: Sequence[Mapping[str, Any]], total: int | None, links: Mapping[str, str], time: str
) -> dict[str, Any]:
    """A page of a search. `links`: the address of this page (`self`) and of the `next` one."""
    found: dict[str, Any] = {
        "resourceType": "Bundle",
        "type": "searchset",
        "timestamp": time,
        "link": [{"relation": name, "url": url} for name, url in links.items()],
    }
    if total is not None:
        found["total"] = total
    entries = [
        {
            "fullUrl": f"{base}/{each['resourceType']}/{each['id']}",
            "resource": each,
            "search": {"mode": "match"},
        }
        for each in resources
    ]
    return found | ({"entry": entries} if entries else {})
