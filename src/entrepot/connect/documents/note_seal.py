"""The signature of a note of a visit: a verifiable credential of its hash and of who signed it, not of what it says."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Any

from entrepot.connect.documents.credential import CONTEXT, MEDIA, TYPE, VOCABULARY, Node
from entrepot.connect.documents.jose import ALGORITHM
from entrepot.trade.health.commands import Signature
from entrepot.trade.health.notes import NoteContent, hash_of

NOTE_TYPE = "VisitNoteCredential"


def seal_note(content: NoteContent, canonical: bytes, node: Node) -> Signature:
    """The signed token of a note, with the key of the node (Ed25519). It can be verified together with the data file.

    It names the practitioner and the licence, and neither the patient nor anything on health.
    """
    practitioner = content.practitioner
    number = note_urn(content)
    digest = base64.b64encode(sha256(canonical).digest()).decode()
    claims: dict[str, Any] = {
        "@context": [CONTEXT, VOCABULARY],
        "id": number,
        "type": [TYPE, NOTE_TYPE],
        "issuer": node.did,
        "validFrom": content.signed,
        "credentialSubject": {
            "document": f"{content.record}/{content.number}",
            "kind": "visit_note",
            "contentHash": hash_of(content),
            "signedBy": practitioner["name"],
            "signer": content.signer,
            "licence": practitioner["licence"],
            "authority": practitioner["authority"],
        },
        "relatedResource": [{"id": f"{number}:data", "mediaType": "application/json", "digestSRI": f"sha256-{digest}"}],
    }
    fragment = node.key.thumbprint if node.did.startswith("did:web:") else "0"
    header = {"alg": ALGORITHM, "typ": MEDIA, "cty": "vc", "kid": f"{node.did}#{fragment}"}
    return Signature(node.key.sign(header, claims), node.key.thumbprint)


def note_urn(content: NoteContent) -> str:
    """The identifier of a note."""
    return f"urn:entrepot:{content.record}:{content.number}"
