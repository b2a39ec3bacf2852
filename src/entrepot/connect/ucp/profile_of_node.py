"""The profile of this node: `/.well-known/ucp`, its payment handler, and the capabilities it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from entrepot.connect.signing_keys import PublicKey
from entrepot.connect.ucp import landed_cost
from entrepot.connect.ucp.names import (
    CAPABILITIES,
    CHECKOUT,
    ENDPOINT_PATH,
    OWN_VERSION,
    SCHEMA_PATH,
    SERVICE,
    SITE,
    VERSION,
    handler_name,
    landed_cost_name,
)

#: Our documentation of the extension and the payment handler.
SPEC_PATH = "/docs/reference/ucp"
HANDLER_FILE = "payments.json"


def own_capabilities(url: str) -> dict[str, tuple[str, str]]:
    """The capabilities of the node at an address: the version of each, and what it extends."""
    found = {name: (VERSION, parent) for name, (_spec, _schema, parent) in CAPABILITIES.items()}
    return found | {landed_cost_name(url): (OWN_VERSION, CHECKOUT)}


def profile(url: str, keys: Iterable[PublicKey], provider: str) -> dict[str, Any]:
    """The profile. `provider`: who charges payments, empty if nobody does."""
    capabilities: dict[str, list[dict[str, Any]]] = {
        name: [
            {
                "version": VERSION,
                "spec": f"{SITE}/specification/{spec}",
                "schema": f"{SITE}/schemas/shopping/{schema}.json",
            }
            | ({"extends": parent} if parent else {})
        ]
        for name, (spec, schema, parent) in CAPABILITIES.items()
    }
    capabilities[landed_cost_name(url)] = [
        {
            "version": OWN_VERSION,
            "spec": f"{url}{SPEC_PATH}",
            "schema": f"{url}{SCHEMA_PATH}/{landed_cost.SCHEMA_FILE}",
            "extends": CHECKOUT,
        }
    ]
    service = {
        "version": VERSION,
        "spec": f"{SITE}/specification/overview",
        "transport": "rest",
        "endpoint": f"{url}{ENDPOINT_PATH}",
        "schema": f"{SITE}/services/shopping/rest.openapi.json",
    }
    published = [each.jwk() for each in keys]
    return {
        "ucp": {
            "version": VERSION,
            "services": {SERVICE: [service]},
            "capabilities": capabilities,
            "payment_handlers": handlers(url, provider),
        },
        # Under both names that releases of the protocol have for them.
        "keys": published,
        "signing_keys": published,
    }


def handlers(url: str, provider: str) -> dict[str, list[dict[str, Any]]]:
    """The payment handlers: one for the provider of this node, which takes its tokens."""
    if not provider:
        return {}
    found = {
        "id": provider,
        "version": OWN_VERSION,
        "spec": f"{url}{SPEC_PATH}",
        "schema": f"{url}{SCHEMA_PATH}/{HANDLER_FILE}",
        "available_instruments": [{"type": "token"}],
        "config": {"provider": provider},
    }
    return {handler_name(url): [found]}


def handler_schema(url: str) -> Mapping[str, Any]:
    """The JSON Schema of the payment handler's configuration and of the instrument that it takes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{url}{SCHEMA_PATH}/{HANDLER_FILE}",
        "name": handler_name(url),
        "version": OWN_VERSION,
        "title": "Payment by a token of the node's provider",
        "type": "object",
        "required": ["provider"],
        "properties": {"provider": {"enum": ["stripe", "sandbox"]}},
        "$defs": {
            "token_instrument": {
                "type": "object",
                "required": ["handler_id", "type", "credential"],
                "properties": {
                    "handler_id": {"type": "string"},
                    "type": {"type": "string"},
                    "credential": {
                        "type": "object",
                        "required": ["type", "token"],
                        "properties": {
                            "type": {"type": "string"},
                            "token": {"type": "string", "description": "such as the id of a Stripe PaymentMethod"},
                        },
                    },
                },
            }
        },
    }
