"""Verify a credential of a document, alone or inside a PDF: who issued it, when, and valid or why not."""

from __future__ import annotations

import base64
import datetime as dt
import re
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from typing import Any

import msgspec

from entrepot.connect.documents import jose, pdf_files
from entrepot.connect.documents.credential import MEDIA
from entrepot.language.translate import N_
from entrepot.trade.papers.keys import DocumentKey

#: Bytes of a file that is verified, at most.
MAX_BYTES = 8_000_000
_TOKEN = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\Z")
#: What is said, by the code of the result.
SENTENCES: Mapping[str, str] = {
    "valid": N_("The credential is valid."),
    "none": N_(
        "The file contains no credential: give a .jwt file, a badge (.json), or a PDF of a node with one inside."
    ),
    "large": N_("The file is larger than {most} bytes."),
    "many": N_("The file contains too many or too large files: verify its documents one by one."),
    "malformed": N_("The credential is not a JSON web token: {why}."),
    "algorithm": N_("The credential is signed with {value}. Ed25519 is accepted."),
    "type": N_("The token is not a verifiable credential: its type is {value}, not vc+jwt."),
    "critical": N_("The credential asks for extensions that are not known here: {value}."),
    "key_unknown": N_(
        "The key {key} of {issuer} is not known here. Download the key document of the issuer and give it with --keys."
    ),
    "key_revoked": N_("The key {key} was revoked on {time}: its signatures no longer prove anything."),
    "signature": N_("The signature does not match: the credential was changed, or another key signed it."),
    "incomplete": N_("The credential is not complete: {value} is missing or wrong."),
    "early": N_("The credential is valid from {time} on."),
    "expired": N_("The credential was valid until {time}."),
    "withdrawn": N_("The document was withdrawn by its issuer on {time}."),
    "unknown_document": N_("The signature is valid, but the ledger of this node has no such document."),
    "other_content": N_("The signature is valid, but the ledger of this node has other content for this document."),
    "not_json": N_("The credential cannot be read: {why}."),
    "proof_missing": N_("The credential has no proof: nobody signed it."),
    "suite": N_("The proof is {value}. DataIntegrityProof eddsa-jcs-2022 is accepted."),
    "revoked": N_("The badge was revoked by its issuer."),
    "unknown_badge": N_("The signature is valid, but the ledger of this node has no such badge."),
    "attachment": N_("The data file in the PDF is not the one that was signed: it was changed or exchanged."),
}
#: The kinds of credentials.
DOCUMENT, BADGE = "document", "badge"
#: What a valid credential of a document does not prove.
LIMITS = (
    N_("That the printed text equals the credential: compare the data below with the paper."),
    N_("That what the exporter says is true: the issuer signed what it was given."),
    N_("That an authority examined the goods or the origin: a node issues no certificate of an authority."),
)
#: What a valid badge does not prove.
BADGE_LIMITS = (
    N_("That the person who shows the badge earned it: compare the e-mail address, where the badge has one."),
    N_("That the course was good or is accepted anywhere: the seller decided what it teaches and who passes."),
    N_("That a badge of another node is not revoked: look at the status list that it names."),
)


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """The result. `code`: of `SENTENCES`; `values`: for its sentence; `claims`: what was signed, {} if not proven.

    `kind`: `document`, or `badge`.
    """

    code: str
    values: Mapping[str, str] = {}
    issuer: str = ""
    key: str = ""
    issued: str = ""
    expires: str = ""
    claims: Mapping[str, Any] = {}
    kind: str = DOCUMENT

    @property
    def limits(self) -> tuple[str, ...]:
        """What it does not prove, if it is valid, as sentences in English."""
        return () if not self.valid else BADGE_LIMITS if self.kind == BADGE else LIMITS

    @property
    def valid(self) -> bool:
        """Whether the credential is valid."""
        return self.code == "valid"

    @property
    def message(self) -> str:
        """The sentence in English."""
        return SENTENCES[self.code].format(**self.values)

    @property
    def subject(self) -> Mapping[str, Any]:
        """What the credential says of the document."""
        found = self.claims.get("credentialSubject")
        return found if isinstance(found, Mapping) else {}


#: The key of an issuer, by the issuer and the id of the key in the header; None if it is not known.
KeyOf = Callable[[str, str], DocumentKey | None]


def verify_file(content: bytes, key_of: KeyOf, now: dt.datetime) -> tuple[Verdict, ...]:
    """Verify a .jwt, or each credential in a PDF together with the data file beside it; one result at least."""
    if len(content) > MAX_BYTES:
        return (Verdict(code="large", values={"most": str(MAX_BYTES)}),)
    if not pdf_files.is_pdf(content):
        text = content.strip()
        # Also a text that was cut or changed has three parts: it is said what is wrong with it.
        return (verify(text.decode(errors="replace"), key_of, now) if text.count(b".") == 2 else Verdict(code="none"),)
    try:
        files = tuple(pdf_files.files_in(content))
    except pdf_files.TooManyFiles:
        return (Verdict(code="many"),)
    digests = frozenset(f"sha256-{base64.b64encode(sha256(each).digest()).decode()}" for each in files)
    found = [verify(text.decode(), key_of, now) for each in files if _TOKEN.match(text := each.strip())]
    return tuple(
        msgspec.structs.replace(each, code="attachment") if each.valid and not _has_resources(each, digests) else each
        for each in found or [Verdict(code="none")]
    )


def verify(text: str, key_of: KeyOf, now: dt.datetime) -> Verdict:
    """Verify a credential. Nothing of it is believed before its signature was checked."""
    try:
        token = jose.read(text)
    except jose.MalformedToken as error:
        return Verdict(code="malformed", values={"why": str(error)})
    refused = _header_fault(token.header)
    if refused is not None:
        return refused
    named, issuer = str(token.header.get("kid", "")), str(token.claims.get("issuer", ""))
    key = key_of(issuer, named)
    if key is None:
        return Verdict(code="key_unknown", values={"key": named[-60:] or "?", "issuer": issuer[:200] or "?"})
    if not jose.is_signed_by(token, key.x):
        return Verdict(code="signature", key=key.thumbprint)
    about: dict[str, Any] = {
        "issuer": issuer,
        "key": key.thumbprint,
        "issued": str(token.claims.get("validFrom", "")),
        "expires": str(token.claims.get("validUntil", "")),
        "claims": token.claims,
    }
    if key.status == "revoked":
        values = {"key": key.thumbprint, "time": key.changed or "?"}
        return Verdict(code="key_revoked", values=values, **{**about, "claims": {}})
    return dated(token.claims, about, now)


def said_by_ledger(found: Verdict, state: Any | None) -> Verdict:
    """What the ledger of the issuing node adds: the document as it is now, or None if there is none."""
    if not found.valid:
        return found
    if state is None:
        return msgspec.structs.replace(found, code="unknown_document")
    if found.subject.get("contentHash") != state.hash:
        return msgspec.structs.replace(found, code="other_content")
    if state.status == "withdrawn":
        return msgspec.structs.replace(found, code="withdrawn", values={"time": state.withdrawn})
    return found


def _header_fault(header: Mapping[str, Any]) -> Verdict | None:
    if header.get("alg") not in jose.ACCEPTED:
        return Verdict(code="algorithm", values={"value": str(header.get("alg"))[:40]})
    if header.get("typ") != MEDIA:
        return Verdict(code="type", values={"value": str(header.get("typ"))[:40]})
    if "crit" in header:
        return Verdict(code="critical", values={"value": str(header["crit"])[:80]})
    return None


def dated(claims: Mapping[str, Any], about: Mapping[str, Any], now: dt.datetime) -> Verdict:
    """The result for a credential whose signature is right: its time, and that it is one."""
    types = claims.get("type")
    if not (isinstance(types, list) and "VerifiableCredential" in types):
        return Verdict(code="incomplete", values={"value": "type"}, **about)
    if not isinstance(claims.get("credentialSubject"), Mapping):
        return Verdict(code="incomplete", values={"value": "credentialSubject"}, **about)
    begin, end = _time(claims.get("validFrom")), _time(claims.get("validUntil"))
    if begin is None:
        return Verdict(code="incomplete", values={"value": "validFrom"}, **about)
    if end is None and "validUntil" in claims:
        return Verdict(code="incomplete", values={"value": "validUntil"}, **about)
    if now < begin:
        return Verdict(code="early", values={"time": about["issued"]}, **about)
    if end is not None and now >= end:
        return Verdict(code="expired", values={"time": about["expires"]}, **about)
    return Verdict(code="valid", **about)


def _time(text: Any) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _has_resources(found: Verdict, digests: Collection[str]) -> bool:
    """Whether every file that was signed with the credential is in the PDF, unchanged."""
    resources = found.claims.get("relatedResource") or ()
    return all(str(each.get("digestSRI")) in digests for each in resources if isinstance(each, Mapping))
