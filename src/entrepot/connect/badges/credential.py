"""A badge as an Open Badges 3.0 credential (OpenBadgeCredential), signed by the key of the node."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from entrepot.connect.badges import proofs
from entrepot.connect.documents import jose, multibase
from entrepot.connect.documents.credential import CONTEXT, did_of

#: The context of Open Badges 3.0 (final release of 2024).
BADGES_CONTEXT = "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"
SCHEMA = "https://purl.imsglobal.org/spec/ob/v3p0/schema/json/ob_v3p0_achievementcredential_schema.json"
TYPES = ("VerifiableCredential", "OpenBadgeCredential")
STATUS_TYPE, STATUS_PURPOSE = "BitstringStatusListEntry", "revocation"


class Signer(NamedTuple):
    """Who signs: the address of the node (https, or another where no others reach it), its name, and its key."""

    url: str
    name: str
    key: jose.SigningKey

    @property
    def did(self) -> str:
        """The identifier of the issuer: its address, or its key where it has no https address."""
        return issuer_of(self.url, self.key.x)

    @property
    def method(self) -> str:
        """The address of the public key."""
        return method_of(self.did, self.key.x)


class Award(NamedTuple):
    """What a badge says. `number`: its id; `percent`: the result; `email`: hashed with `salt` into the badge."""

    number: str
    subject: str
    course: str
    title: str
    description: str
    criteria: str
    seller: str
    seller_name: str
    percent: str
    issued: str
    salt: str
    email: str = ""
    list_number: int = 1
    place: int = 0


def issuer_of(url: str, x: str) -> str:
    """The identifier of the issuer of badges.

    >>> issuer_of("https://node.example", "AA")
    'did:web:node.example'
    """
    return did_of(url, "") if _is_https(url) else f"did:key:{multibase.multikey(x)}"


def method_of(did: str, x: str) -> str:
    """The address of a public key: the fragment is its Multikey."""
    return f"{did}#{multibase.multikey(x)}"


def address_of(url: str, kind: str, number: str) -> str:
    """The identifier of a badge, a course or a status list: its address, or a URN where the node has no https one.

    >>> address_of("https://node.example", "badges", "bd_1"), address_of("http://127.0.0.1:8000", "badges", "bd_1")
    ('https://node.example/badges/bd_1', 'urn:entrepot:badges:bd_1')
    """
    return f"{url}/{kind.replace(':', '/')}/{number}" if _is_https(url) else f"urn:entrepot:{kind}:{number}"


def identity_hash(email: str, salt: str) -> str:
    """An e-mail address as the badge has it: who knows the address can compare it.

    >>> identity_hash("A@example.org", "deadsea")[:19]
    'sha256$af9ceeb38da4'
    """
    return "sha256$" + sha256(f"{email.strip().lower()}{salt}".encode()).hexdigest()


def seal(award: Award, signer: Signer) -> dict[str, Any]:
    """The signed credential of a badge."""
    return sign(unsigned(award, signer), signer, award.issued)


def sign(credential: Mapping[str, Any], signer: Signer, time: str) -> dict[str, Any]:
    """A credential with its proof."""
    return proofs.sign(credential, signer.key, signer.method, time)


def unsigned(award: Award, signer: Signer) -> dict[str, Any]:
    """The credential without its proof."""
    status_list = address_of(signer.url, "badges:status", str(award.list_number))
    return {
        "@context": [CONTEXT, BADGES_CONTEXT],
        "id": address_of(signer.url, "badges", award.number),
        "type": list(TYPES),
        "name": award.title,
        "issuer": {"id": signer.did, "type": ["Profile"], "name": signer.name},
        "validFrom": award.issued,
        "credentialSubject": _subject(award, address_of(signer.url, "courses", award.course)),
        "credentialSchema": [{"id": SCHEMA, "type": "1EdTechJsonSchemaValidator2019"}],
        "credentialStatus": {
            "id": f"{status_list}#{award.place}",
            "type": STATUS_TYPE,
            "statusPurpose": STATUS_PURPOSE,
            "statusListIndex": str(award.place),
            "statusListCredential": status_list,
        },
    }


def _subject(award: Award, achievement: str) -> dict[str, Any]:
    """Who earned what. `achievement`: the identifier of the course."""
    result = f"{achievement}#result"
    found: dict[str, Any] = {
        "id": award.subject,
        "type": ["AchievementSubject"],
        "achievement": _achievement(award, achievement, result),
        "result": [{"type": ["Result"], "resultDescription": result, "value": award.percent}],
    }
    if award.email:
        found["identifier"] = [
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityHash": identity_hash(award.email, award.salt),
                "identityType": "emailAddress",
                "salt": award.salt,
            }
        ]
    return found


def _achievement(award: Award, number: str, result: str) -> dict[str, Any]:
    description = {"id": result, "type": ["ResultDescription"], "name": "Score", "resultType": "Percent"}
    creator = {"id": f"urn:entrepot:organization:{award.seller}", "type": ["Profile"], "name": award.seller_name}
    return {
        "id": number,
        "type": ["Achievement"],
        "achievementType": "Course",
        "name": award.title,
        "description": award.description,
        "criteria": {"narrative": award.criteria},
        "creator": creator,
        "resultDescription": [{**description, "valueMin": "0", "valueMax": "100"}],
    }


def _is_https(url: str) -> bool:
    return urlsplit(url).scheme == "https"
