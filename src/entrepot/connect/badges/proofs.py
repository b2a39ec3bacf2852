"""Data Integrity proofs with the cryptosuite eddsa-jcs-2022 (W3C Data Integrity EdDSA Cryptosuites v1.0)."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from entrepot.connect.badges.canonical import canonical
from entrepot.connect.documents import jose, multibase

TYPE, SUITE, PURPOSE = "DataIntegrityProof", "eddsa-jcs-2022", "assertionMethod"
_SIGNATURE_BYTES = 64


def sign(document: Mapping[str, Any], key: jose.SigningKey, method: str, created: str) -> dict[str, Any]:
    """A document with its proof. `method`: the address of the public key; `created`: RFC 3339."""
    options: dict[str, Any] = {
        "type": TYPE,
        "cryptosuite": SUITE,
        "created": created,
        "verificationMethod": method,
        "proofPurpose": PURPOSE,
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    signature = Ed25519PrivateKey.from_private_bytes(key.seed).sign(hash_data(document, options))
    return {**document, "proof": {**options, "proofValue": multibase.encode58(signature)}}


def hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the options, then that of the document without its proof. Raises NotCanonical."""
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    return sha256(canonical(dict(options))).digest() + sha256(canonical(unsecured)).digest()


def is_signed_by(document: Mapping[str, Any], x: str) -> bool:
    """Whether the proof of a document was made with a public key (base64url).

    A proof has the `@context` of the document, which other documents cannot begin with: else the terms of the document
    could be given another meaning. Raises NotCanonical.
    """
    proof = document.get("proof")
    if not isinstance(proof, Mapping):
        return False
    context = proof.get("@context")
    if context is not None and not _begins_with(document.get("@context"), context):
        return False
    checked = dict(document)
    if context is not None:
        checked["@context"] = context
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    try:
        signature = multibase.decode58(str(proof.get("proofValue", "")))
        if len(signature) != _SIGNATURE_BYTES:
            return False
        Ed25519PublicKey.from_public_bytes(jose.decode(x)).verify(signature, hash_data(checked, options))
    except (InvalidSignature, ValueError):
        return False
    return True


def _begins_with(context: Any, begin: Any) -> bool:
    whole = context if isinstance(context, list) else [context]
    first = begin if isinstance(begin, list) else [begin]
    return whole[: len(first)] == first
