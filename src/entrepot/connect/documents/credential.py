"""What a paper says as a W3C verifiable credential (data model 2.0), signed as `vc+jwt`, and the keys that others need.

A document of the DID method `did:web` at the node's address has its public keys. A node without an https address names
itself by its key (`did:jwk`): that proves who holds the key, and not who that is.
"""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import msgspec

from entrepot.connect.documents import jose
from entrepot.trade.papers import kinds
from entrepot.trade.papers.documents import hash_of
from entrepot.trade.papers.issuing import Sealed
from entrepot.trade.papers.keys import DocumentKey
from entrepot.trade.papers.origin_sheets import fob_value
from entrepot.trade.papers.paper import Paper, Party

CONTEXT = "https://www.w3.org/ns/credentials/v2"
#: The terms of the subject have no public vocabulary: they are what this documentation says.
VOCABULARY = {"@vocab": "urn:entrepot:document#"}
TYPE, MEDIA = "VerifiableCredential", "vc+jwt"
TYPES = {kinds.INVOICE: "CommercialInvoiceCredential", kinds.DECLARATION: "DeclarationOfOriginCredential"}


class Node(NamedTuple):
    """Who signs: the address of the node (https, or "" where it has none that others reach), and its key."""

    url: str
    key: jose.SigningKey

    @property
    def did(self) -> str:
        """The identifier of the issuer."""
        return did_of(self.url, self.key.x)


def did_of(url: str, x: str) -> str:
    """The identifier of a node: by its address if that is https, else by its key.

    >>> did_of("https://node.example:8443", "x"), did_of("http://127.0.0.1:8000", "AA")[:12]
    ('did:web:node.example%3A8443', 'did:jwk:eyJr')
    """
    parts = urlsplit(url)
    if parts.scheme == "https":
        return f"did:web:{quote(parts.netloc.lower(), safe='')}"
    return f"did:jwk:{jose.encode(msgspec.json.encode(jose.jwk(x)))}"


def seal(paper: Paper, node: Node, time: str, xml: bytes | None) -> Sealed | None:
    """The signed credential of a paper; None for a kind that nobody else verifies. `xml`: the paper as UBL."""
    days = kinds.KINDS[paper.kind].days
    if days is None:
        return None
    issued = dt.datetime.fromisoformat(time)
    expires = (issued + dt.timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
    claims: dict[str, Any] = {
        "@context": [CONTEXT, VOCABULARY],
        "id": address_of(node.url, paper.id),
        "type": [TYPE, TYPES[paper.kind]],
        "issuer": node.did,
        "validFrom": issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "validUntil": expires,
        "credentialSubject": subject(paper),
    }
    if xml is not None:
        digest = base64.b64encode(sha256(xml).digest()).decode()
        resource = {"id": f"{address_of(node.url, paper.id)}.xml", "mediaType": "application/xml"}
        claims["relatedResource"] = [{**resource, "digestSRI": f"sha256-{digest}"}]
    fragment = node.key.thumbprint if node.did.startswith("did:web:") else "0"
    header = {"alg": jose.ALGORITHM, "typ": MEDIA, "cty": "vc", "kid": f"{node.did}#{fragment}"}
    return Sealed(node.key.sign(header, claims), node.key.thumbprint, expires)


def address_of(url: str, number: str) -> str:
    """The identifier of a document: its address, or a URN where the node has no address."""
    return f"{url}/v1/documents/{number}" if urlsplit(url).scheme == "https" else f"urn:entrepot:{number}"


def subject(paper: Paper) -> dict[str, Any]:
    """What is claimed: the data of the paper. Blank fields are left out."""
    found: dict[str, Any] = {
        "document": paper.id,
        "kind": paper.kind,
        "number": paper.number,
        "date": paper.date,
        "order": paper.order,
        "contentHash": hash_of(paper),
        **{role: _party(role, party) for role, party in paper.parties.items()},
        "shipFrom": paper.ship_from,
        "shipTo": paper.ship_to,
        "transportDocuments": list(paper.transport_documents),
        "lines": [_line(paper, each) for each in paper.lines],
    }
    if paper.kind == kinds.INVOICE:
        amounts = {"goods": paper.goods, "freight": paper.freight, "insurance": paper.insurance, "total": paper.total}
        found |= {"currency": paper.currency, **{name: paper.money(value) for name, value in amounts.items()}}
        found |= {"incoterm": paper.incoterm, "includedInGoods": list(paper.inside)}
    else:
        found["agreement"] = kinds.KINDS[paper.kind].agreement
        found["exporterCode"] = paper.details.get("exporter_code", "")
        found["invoice"] = msgspec.to_builtins(paper.invoice) if paper.invoice else ""
    return {name: value for name, value in found.items() if value not in ("", [], {})}


def _party(role: str, party: Party) -> dict[str, str]:
    """Somebody on the paper. A buyer's telephone is for the carrier: it proves nothing, and a token is not erased."""
    found: dict[str, str] = msgspec.to_builtins(party)
    return {name: value for name, value in found.items() if name != "telephone" or role not in ("buyer", "consignee")}


def _line(paper: Paper, line: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "number": line.number,
        "titles": dict(line.goods.titles),
        "description": line.description,
        "hsCode": line.hs_six if paper.kind in kinds.OF_ORIGIN else line.hs_code,
        "origin": line.origin,
        "quantity": line.quantity,
        "unit": line.goods.unit,
        "netKg": line.net_kg,
        "grossKg": line.gross_kg,
        "criterion": line.more.get("criterion", ""),
        "fobValue": fob_value(paper, line) if paper.kind in kinds.OF_ORIGIN else "",
    }
    if paper.kind == kinds.INVOICE:
        found |= {"price": paper.money(line.price), "amount": paper.money(line.amount)}
    return {name: value for name, value in found.items() if value not in ("", {})}


def did_document(url: str, keys: Iterable[DocumentKey]) -> dict[str, Any]:
    """The document of `did:web`: all keys that ever signed; those that are revoked prove nothing from then on."""
    did = did_of(url, "")
    found = list(keys)
    methods = [
        {
            "id": f"{did}#{each.thumbprint}",
            "type": "JsonWebKey",
            "controller": did,
            "publicKeyJwk": jose.jwk(each.x),
            **({"revoked": each.changed} if each.status == "revoked" else {}),
        }
        for each in found
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [f"{did}#{each.thumbprint}" for each in found if each.status != "revoked"],
    }


def jwks(keys: Iterable[DocumentKey]) -> dict[str, Any]:
    """The keys that are not revoked, as a set of JSON web keys."""
    return {
        "keys": [
            {**jose.jwk(each.x), "kid": each.thumbprint, "use": "sig", "alg": jose.ALGORITHM}
            for each in keys
            if each.status != "revoked"
        ]
    }


def keys_of_document(document: Mapping[str, Any]) -> dict[str, DocumentKey]:
    """The keys of somebody's DID document, by the id of the method. Raises ValueError for another kind of document."""
    found = {}
    methods, issuer = document.get("verificationMethod"), document.get("id")
    if not (isinstance(methods, list) and isinstance(issuer, str)):
        message = "it has no id and no verificationMethod"
        raise ValueError(message)  # noqa: TRY004  # what is wrong is the content of a file
    allowed = document.get("assertionMethod", [])
    for each in methods:
        key = each.get("publicKeyJwk") if isinstance(each, Mapping) else None
        if not isinstance(key, Mapping) or key.get("crv") != "Ed25519" or not isinstance(key.get("x"), str):
            continue
        number, revoked = str(each.get("id", "")), str(each.get("revoked", ""))
        if not number.startswith(f"{issuer}#"):
            continue  # nobody publishes the keys of another issuer
        status = "revoked" if revoked or number not in allowed else "active"
        found[number] = DocumentKey(
            id=number, status=status, thumbprint=jose.thumbprint(key["x"]), x=key["x"], created="", changed=revoked
        )
    return found
