"""The names of the protocol: its version, capabilities and addresses."""

from __future__ import annotations

from urllib.parse import urlsplit

#: The only version that is spoken: a platform that offers an older one of a capability is told so.
VERSION = "2026-08-25"
SITE = f"https://ucp.dev/{VERSION}"
SERVICE = "dev.ucp.shopping"
CHECKOUT, FULFILLMENT, ORDER = f"{SERVICE}.checkout", f"{SERVICE}.fulfillment", f"{SERVICE}.order"
#: By capability: the path of its specification and its schema, and what it extends.
CAPABILITIES = {
    CHECKOUT: ("shopping/checkout", "checkout", ""),
    FULFILLMENT: ("shopping/extensions/fulfillment", "fulfillment", CHECKOUT),
    ORDER: ("shopping/order", "order", ""),
}
#: The version of the extension for landed cost, and of the payment handler: both are ours.
OWN_VERSION = "2026-11-26"
#: Paths of this node.
PROFILE_PATH, ENDPOINT_PATH, SCHEMA_PATH = "/.well-known/ucp", "/ucp/v1", "/ucp/schemas"


def reversed_host(url: str) -> str:
    """The host of an address as the beginning of a name, by which whoever serves the address may name things.

    >>> reversed_host("https://Node.Example.vn/"), reversed_host("http://127.0.0.1:8000")
    ('vn.example.node', '1.0.0.127')
    """
    return ".".join(reversed((urlsplit(url).hostname or "localhost").lower().rstrip(".").split(".")))


def landed_cost_name(url: str) -> str:
    """The name of the extension for landed cost: a name belongs to the host that serves its schema.

    >>> landed_cost_name("https://node.example.vn")
    'vn.example.node.shopping.landed_cost'
    """
    return f"{reversed_host(url)}.shopping.landed_cost"


def handler_name(url: str) -> str:
    """The name of the payment handler."""
    return f"{reversed_host(url)}.payments"
