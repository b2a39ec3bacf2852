"""Verify a badge: who issued it, when, and valid or why not. Nothing is believed before the signature was checked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from entrepot.connect.badges import proofs
from entrepot.connect.badges.canonical import NotCanonical
from entrepot.connect.badges.credential import identity_hash
from entrepot.connect.documents.credential import CONTEXT
from entrepot.connect.documents.verify import BADGE, KeyOf, Verdict, dated
from entrepot.model import json as untrusted

#: Bytes of a badge that is read, at most.
MAX_BYTES = 400_000


def is_credential(content: bytes) -> bool:
    """Whether a file may be a credential in JSON."""
    return content.lstrip()[:1] == b"{"


def read(content: bytes) -> Mapping[str, Any] | Verdict:
    """The credential in a file, or why it is none."""
    if len(content) > MAX_BYTES:
        return Verdict(code="large", kind=BADGE, values={"most": str(MAX_BYTES)})
    try:
        found = untrusted.decode(content)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return Verdict(code="not_json", kind=BADGE, values={"why": str(error)})
    if not isinstance(found, Mapping) or not isinstance(found.get("proof"), Mapping):
        return Verdict(code="proof_missing", kind=BADGE)
    return found


def verify(content: bytes, key_of: KeyOf, now: dt.datetime) -> Verdict:
    """Verify a credential with a Data Integrity proof."""
    found = read(content)
    return found if isinstance(found, Verdict) else verify_credential(found, key_of, now)


def verify_credential(found: Mapping[str, Any], key_of: KeyOf, now: dt.datetime) -> Verdict:
    """Verify a credential that was read."""
    proof: Mapping[str, Any] = found["proof"]
    refused = _proof_fault(proof)
    if refused is not None:
        return refused
    issuer = issuer_id(found)
    named = str(proof.get("verificationMethod", ""))
    # Whose key it is, the method says itself: a key of one issuer signs nothing for another.
    key = key_of(issuer, named) if issuer and named.startswith(f"{issuer}#") else None
    if key is None:
        return Verdict(
            code="key_unknown", kind=BADGE, values={"key": named[-60:] or "?", "issuer": issuer[:200] or "?"}
        )
    try:
        signed = proofs.is_signed_by(found, key.x)
    except NotCanonical as error:
        return Verdict(code="not_json", kind=BADGE, values={"why": str(error)})
    if not signed:
        return Verdict(code="signature", kind=BADGE, key=key.thumbprint)
    about: dict[str, Any] = {
        "kind": BADGE,
        "issuer": issuer,
        "key": key.thumbprint,
        "issued": str(found.get("validFrom", "")),
        "expires": str(found.get("validUntil", "")),
        "claims": {name: value for name, value in found.items() if name != "proof"},
    }
    if key.status == "revoked":
        values = {"key": key.thumbprint, "time": key.changed or "?"}
        return Verdict(code="key_revoked", values=values, **{**about, "claims": {}})
    context = found.get("@context")
    if not isinstance(context, list) or context[:1] != [CONTEXT]:
        return Verdict(code="incomplete", values={"value": "@context"}, **about)
    return dated(found, about, now)


def issuer_id(credential: Mapping[str, Any]) -> str:
    """The issuer, which is a text or an object with an id."""
    issuer = credential.get("issuer")
    found = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    return found if isinstance(found, str) else ""


def belongs_to(claims: Mapping[str, Any], email: str) -> bool | None:
    """Whether a badge was issued to an e-mail address; None if it names none."""
    subject = claims.get("credentialSubject")
    identities = subject.get("identifier") if isinstance(subject, Mapping) else None
    hashed = [
        each
        for each in (identities if isinstance(identities, list) else ())
        if isinstance(each, Mapping) and each.get("identityType") == "emailAddress" and each.get("hashed") is True
    ]
    if not hashed or not email:
        return None
    return any(each.get("identityHash") == identity_hash(email, str(each.get("salt", ""))) for each in hashed)


def _proof_fault(proof: Mapping[str, Any]) -> Verdict | None:
    suite, kind = str(proof.get("cryptosuite"))[:40], str(proof.get("type"))[:40]
    if kind != proofs.TYPE or suite != proofs.SUITE:
        return Verdict(code="suite", kind=BADGE, values={"value": f"{kind} {suite}"})
    if proof.get("proofPurpose") != proofs.PURPOSE:
        return Verdict(code="incomplete", kind=BADGE, values={"value": "proofPurpose"})
    return None
