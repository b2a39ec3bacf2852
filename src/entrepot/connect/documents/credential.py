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

from entrepot.connect.documents import jose, multibase
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
    """The document of `did:web`: all keys that ever signed; those that are revoked prove nothing from then on.

    Each key is there twice: as a JSON web key, which signs documents, and as a Multikey, which signs badges.
    """
    did = did_of(url, "")
    found = list(keys)
    methods: list[dict[str, Any]] = []
    for each in found:
        jwk: dict[str, Any] = {"type": "JsonWebKey", "publicKeyJwk": jose.jwk(each.x)}
        multikey: dict[str, Any] = {"type": "Multikey", "publicKeyMultibase": multibase.multikey(each.x)}
        revoked = {"revoked": each.changed} if each.status == "revoked" else {}
        methods += [
            {"id": name, "controller": did, **key, **revoked}
            for name, key in zip(_methods(did, each.x), (jwk, multikey), strict=True)
        ]
    return {
        "@context": [
            "https://www.w3.org/ns/did/v1",
            "https://w3id.org/security/jwk/v1",
            "https://w3id.org/security/multikey/v1",
        ],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [name for each in found if each.status != "revoked" for name in _methods(did, each.x)],
    }


def _methods(did: str, x: str) -> tuple[str, str]:
    """The names of a key in the key document."""
    return f"{did}#{jose.thumbprint(x)}", f"{did}#{multibase.multikey(x)}"


def jwks(keys: Iterable[DocumentKey]) -> dict[str, Any]:
    """The keys that are not revoked, as a set of JSON web keys."""
    return {
        "keys": [
            {**jose.jwk(each.x), "kid": each.thumbprint, "use": "sig", "alg": jose.ALGORITHM}
            for each in keys
            if each.status != "revoked"
        ]
    }


def keys_of_set(given: Any) -> dict[str, DocumentKey]:
    """The keys of a set of JSON web keys, by their thumbprints. Raises ValueError for what is none.

    >>> list(keys_of_set({"keys": [{"kty": "OKP", "crv": "Ed25519", "x": "A" * 43}]}).values())[0].status
    'active'
    """
    found, keys = {}, given.get("keys") if isinstance(given, Mapping) else None
    if not isinstance(keys, list):
        message = "it is no set of keys"
        raise ValueError(message)  # noqa: TRY004  # what is wrong is the content of a file
    for each in keys:
        x = _public_key({"publicKeyJwk": each}) if isinstance(each, Mapping) else ""
        if x:
            number = jose.thumbprint(x)
            found[number] = DocumentKey(id=number, status="active", thumbprint=number, x=x, created="", changed="")
    return found


def keys_of_document(document: Mapping[str, Any]) -> dict[str, DocumentKey]:
    """The keys of somebody's DID document, by the id of the method. Raises ValueError for another kind of document."""
    found = {}
    methods, issuer = document.get("verificationMethod"), document.get("id")
    if not (isinstance(methods, list) and isinstance(issuer, str)):
        message = "it has no id and no verificationMethod"
        raise ValueError(message)  # noqa: TRY004  # what is wrong is the content of a file
    allowed = document.get("assertionMethod", [])
    for each in methods:
        x = _public_key(each) if isinstance(each, Mapping) else ""
        if not x:
            continue
        number, revoked = str(each.get("id", "")), str(each.get("revoked", ""))
        if not number.startswith(f"{issuer}#"):
            continue  # nobody publishes the keys of another issuer
        status = "revoked" if revoked or number not in allowed else "active"
        found[number] = DocumentKey(
            id=number, status=status, thumbprint=jose.thumbprint(x), x=x, created="", changed=revoked
        )
    return found


def _public_key(method: Mapping[str, Any]) -> str:
    """The Ed25519 key of a method, base64url; "" for another kind of key."""
    key = method.get("publicKeyJwk")
    if isinstance(key, Mapping) and key.get("crv") == "Ed25519" and isinstance(key.get("x"), str):
        return str(key["x"])
    try:
        return multibase.read_multikey(str(method.get("publicKeyMultibase", "")))
    except ValueError:
        return ""
