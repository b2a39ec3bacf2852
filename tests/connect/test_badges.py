"""Badges: proofs by the test vectors of the W3C, credentials and status lists by a second implementation."""

from __future__ import annotations

import copy
import datetime as dt
import json
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.connect.badges import credential, proofs, status, verify
from entrepot.connect.badges.canonical import NotCanonical, canonical
from entrepot.connect.documents import jose, multibase
from entrepot.connect.documents.credential import did_document, keys_of_document
from entrepot.trade.papers.keys import DocumentKey

#: The example of "Data Integrity EdDSA Cryptosuites v1.0", section B.3 (Representation: eddsa-jcs-2022), as in the
#: folder TestVectors of https://github.com/w3c/vc-di-eddsa (keyPair.json and eddsa-jcs-2022).
W3C_KEYS = ("z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2", "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq")
W3C_CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://www.w3.org/ns/credentials/examples/v2"]
W3C_METHOD = f"https://vc.example/issuers/5678#{W3C_KEYS[0]}"
W3C_CREATED = "2023-02-24T23:36:38Z"
W3C_DOCUMENT: dict[str, Any] = {
    "@context": W3C_CONTEXT,
    "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
    "type": ["VerifiableCredential", "AlumniCredential"],
    "name": "Alumni Credential",
    "description": "A minimum viable example of an Alumni Credential.",
    "issuer": "https://vc.example/issuers/5678",
    "validFrom": "2023-01-01T00:00:00Z",
    "credentialSubject": {"id": "did:example:abcdefgh", "alumniOf": "The School of Examples"},
}
W3C_DOCUMENT_HASH = "59b7cb6251b8991add1ce0bc83107e3db9dbbab5bd2c28f687db1a03abc92f19"
W3C_VALUE = "z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4"

KEY = jose.SigningKey(sha256(b"badges").digest())
PUBLISHED = DocumentKey(id="dk_1", status="active", thumbprint=KEY.thumbprint, x=KEY.x, created="")
NOW = dt.datetime(2026, 11, 27, tzinfo=dt.UTC)
URLS = ("https://node.example", "http://127.0.0.1:8000")


def signer(url: str = URLS[0]) -> credential.Signer:
    return credential.Signer(url, "Node", KEY)


def badge(url: str = URLS[0], **changed: Any) -> dict[str, Any]:
    award = credential.Award(
        number="bd_1",
        subject="urn:entrepot:learner:1",
        course="cs_1",
        title="Rang cà phê · 咖啡烘焙 · ការលីងកាហ្វេ",
        description="Roasting",
        criteria="80 %",
        seller="og_1",
        seller_name="Farm",
        percent="90",
        issued="2026-11-26T10:00:00Z",
        salt="8f1c",
        email="lan@example.org",
        place=77,
    )
    return credential.seal(award._replace(**changed), signer(url))


def key_of(_issuer: str, named: str) -> DocumentKey | None:
    return PUBLISHED if named.endswith(f"#{multibase.multikey(KEY.x)}") else None


def result(found: Any, key: DocumentKey | None = PUBLISHED) -> Any:
    return verify.verify(json.dumps(found).encode(), lambda _issuer, _named: key, NOW)


def test_the_vector_of_the_w3c_is_reproduced() -> None:
    x = multibase.read_multikey(W3C_KEYS[0])
    seed = multibase.decode58(W3C_KEYS[1])[2:]
    assert jose.SigningKey(seed).x == x
    made = proofs.sign(W3C_DOCUMENT, jose.SigningKey(seed), W3C_METHOD, W3C_CREATED)
    assert made["proof"] == {
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": W3C_CREATED,
        "verificationMethod": W3C_METHOD,
        "proofPurpose": "assertionMethod",
        "@context": W3C_CONTEXT,
        "proofValue": W3C_VALUE,
    }
    assert proofs.hash_data(made, {})[32:].hex() == W3C_DOCUMENT_HASH
    assert proofs.is_signed_by(made, x)
    assert not proofs.is_signed_by({**made, "name": "Alumni credential"}, x)
    assert not proofs.is_signed_by(made, KEY.x)


@settings(max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text()
        | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=12,
    )
)  # fmt: skip
def test_the_canonical_form_is_that_of_another_implementation(value: Any) -> None:
    rfc8785 = pytest.importorskip("rfc8785", reason="rfc8785 is not installed")
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("value", [float("nan"), 2**53, "\ud800", object()])
def test_what_has_no_canonical_form_is_refused(value: Any) -> None:
    with pytest.raises(NotCanonical):
        canonical({"a": value})


@pytest.mark.parametrize("url", URLS)
def test_a_badge_is_verified_by_another_implementation(url: str) -> None:
    openvc = pytest.importorskip("openvc", reason="openvc-core is not installed")
    from openvc.did.base import parse_did_document

    made = badge(url)

    class Resolver:
        """The key document that the node publishes."""

        def supports(self, did: str) -> bool:
            return did == signer(url).did

        def resolve(self, did: str) -> Any:
            assert did == signer(url).did
            return parse_did_document(did_document(url, [PUBLISHED]))

    resolver = Resolver() if url.startswith("https") else None
    lists: list[str] = []

    def status_list(address: str, **_more: Any) -> Any:
        lists.append(address)
        return status.status_list(signer(url), 1, [5], "2026-11-26T10:00:00Z")

    found = openvc.verify_credential(made, resolver=resolver, resolve_status_list=status_list)
    assert found.issuer == signer(url).did
    assert lists == [credential.address_of(url, "badges:status", "1")]
    changed = copy.deepcopy(made)
    changed["credentialSubject"]["result"][0]["value"] = "100"
    with pytest.raises(openvc.OpenvcError):
        openvc.verify_credential(changed, resolver=resolver, resolve_status_list=status_list)
    revoked = badge(url, place=5)
    with pytest.raises(openvc.OpenvcError):
        openvc.verify_credential(revoked, resolver=resolver, resolve_status_list=status_list)


def test_a_status_list_is_read_by_another_implementation_and_the_reverse() -> None:
    bits = pytest.importorskip("openvc.status.bitstring", reason="openvc-core is not installed")
    ours = bits.decode_bitstring(status.encode([0, 77, status.BITS - 1]))
    assert [index for index in range(status.BITS) if bits.get_status_bit(ours, index)] == [0, 77, status.BITS - 1]
    theirs = bits.new_bitstring(status.BITS)
    bits.set_status_bit(theirs, 123, 1)
    encoded = bits.encode_bitstring(bytes(theirs))
    assert status.is_set(encoded, 123)
    assert not status.is_set(encoded, 124)


@pytest.mark.parametrize("encoded", ["", "u", "uH4sI", "H4sIAAAA", status.encode([])[:-9]])
def test_a_damaged_status_list_is_refused(encoded: str) -> None:
    with pytest.raises(ValueError, match=r"list|base64url"):
        status.is_set(encoded, 1)


def test_a_valid_badge_says_what_was_signed() -> None:
    found = verify.verify(json.dumps(badge()).encode(), key_of, NOW)
    assert (found.code, found.issuer, found.kind) == ("valid", "did:web:node.example", "badge")
    assert found.subject["achievement"]["name"].endswith("ការលីងកាហ្វេ")
    assert verify.belongs_to(found.claims, " Lan@Example.org ") is True
    assert verify.belongs_to(found.claims, "mai@example.org") is False
    assert verify.belongs_to(badge(email=""), "mai@example.org") is None
    assert "lan@" not in json.dumps(badge()), "an address is in no badge"


def test_a_badge_that_proves_nothing_is_refused_with_its_reason() -> None:
    made = badge()
    revoked = DocumentKey(id="dk_1", status="revoked", thumbprint=KEY.thumbprint, x=KEY.x, created="", changed="today")
    proof = made["proof"]
    assert result(made, None).code == "key_unknown"
    assert result(made, revoked).code == "key_revoked"
    assert not result(made, revoked).claims
    assert result({**made, "name": "other"}).code == "signature"
    assert result({**made, "issuer": "did:web:other.example"}).code == "key_unknown"
    assert result({**made, "proof": {**proof, "cryptosuite": "eddsa-rdfc-2022"}}).code == "suite"
    assert result({**made, "proof": {**proof, "proofPurpose": "authentication"}}).code == "incomplete"
    assert result({**made, "proof": {**proof, "created": "2020-01-01T00:00:00Z"}}).code == "signature"
    assert result({**made, "proof": {**proof, "proofValue": "z" + "2" * 5000}}).code == "signature"
    assert result({**made, "proof": {**proof, "@context": ["https://other.example"]}}).code == "signature"
    assert result({name: each for name, each in made.items() if name != "proof"}).code == "proof_missing"
    assert result([made]).code == "proof_missing"
    assert result(badge(issued="2027-01-01T00:00:00Z")).code == "early"
    assert verify.verify(b'{"proof": {', key_of, NOW).code == "not_json"
    assert verify.verify(b" " * verify.MAX_BYTES + b"{}", key_of, NOW).code == "large"


def test_the_keys_of_another_node_are_read_from_its_key_document() -> None:
    keys = keys_of_document(did_document(URLS[0], [PUBLISHED]))
    found = verify.verify(json.dumps(badge()).encode(), lambda _issuer, named: keys.get(named), NOW)
    assert found.valid
