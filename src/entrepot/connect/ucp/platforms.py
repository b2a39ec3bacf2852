"""The profile of a platform, and which capabilities both sides have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from entrepot.connect.signing_keys import KeyUnsupported, PublicKey, read_jwk
from entrepot.connect.structured_fields import FieldFault, Item, read_dictionary
from entrepot.connect.ucp.faults import UcpFault
from entrepot.connect.ucp.names import ORDER, VERSION
from entrepot.model import json

MAX_URL = 500
#: Keys and capabilities of a profile that are read.
MAX_KEYS, MAX_CAPABILITIES = 50, 200
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")


class Platform(NamedTuple):
    """What a platform says of itself.

    `capabilities`: the versions of each; `unsupported`: ids of keys that cannot verify here, with the reason.
    """

    profile: str
    version: str
    capabilities: Mapping[str, tuple[str, ...]]
    keys: Mapping[str, PublicKey]
    unsupported: Mapping[str, str]
    webhook: str = ""


def read_agent(header: str | None) -> str:
    """The address of the profile in `UCP-Agent`. Raises UcpFault, also for a version that is newer than ours.

    >>> read_agent('profile="https://agent.example/ucp.json"')
    'https://agent.example/ucp.json'
    """
    says = 'Send UCP-Agent: profile="https://…", the address of the profile of your platform.'
    try:
        found = read_dictionary(header or "").get("profile")
    except FieldFault as error:
        raise UcpFault(400, "invalid_profile_url", f"The UCP-Agent header cannot be read. {error} {says}") from None
    value = found.value if isinstance(found, Item) else None
    spoken = found.parameters.get("version") if isinstance(found, Item) else None
    if isinstance(spoken, str) and _VERSION.fullmatch(spoken) and spoken > VERSION:
        says = f"Protocol version {spoken} is not supported. This node supports {VERSION}."
        raise UcpFault(400, "version_unsupported", says)
    if not isinstance(value, str) or not value or len(value) > MAX_URL:
        raise UcpFault(400, "invalid_profile_url", f"The UCP-Agent header names no profile. {says}")
    return value


def read_platform(profile: str, content: bytes) -> Platform:
    """The profile of a platform. Raises UcpFault: profile_malformed, version_unsupported."""
    try:
        document = json.decode(content)
        ucp = document["ucp"]
        version, given = ucp["version"], ucp.get("capabilities") or {}
        capabilities = {str(name): _versions(entries) for name, entries in list(given.items())[:MAX_CAPABILITIES]}
        # Earlier and later releases call the keys `signing_keys`; a profile may have them under both names.
        listed = [*(document.get("keys") or []), *(document.get("signing_keys") or [])]
        jwks = [each for each in listed[:MAX_KEYS] if isinstance(each, dict)]
        webhook = _webhook(given)
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError, ValueError):
        raise UcpFault(
            422,
            "profile_malformed",
            f"The profile {profile} is not a UCP profile: ucp.version, ucp.capabilities, keys.",
        ) from None
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        raise UcpFault(422, "profile_malformed", f"The profile {profile} has no ucp.version such as {VERSION}.")
    if version != VERSION:
        raise UcpFault(
            422, "version_unsupported", f"Protocol version {version} is not supported. This node supports {VERSION}."
        )
    keys: dict[str, PublicKey] = {}
    unsupported: dict[str, str] = {}
    for each in jwks:
        try:
            key = read_jwk(each)
        except KeyUnsupported as error:
            unsupported[str(each.get("kid"))] = str(error)
        else:
            keys[key.id] = key
    return Platform(profile, version, capabilities, keys, unsupported, webhook)


def _versions(entries: Any) -> tuple[str, ...]:
    return tuple(str(each["version"]) for each in entries)


def _webhook(capabilities: Mapping[str, Any]) -> str:
    """Where a platform wants to hear of its orders: the `webhook_url` of the order capability in our version."""
    for each in capabilities.get(ORDER) or ():
        if each["version"] == VERSION:
            url = (each.get("config") or {}).get("webhook_url") or ""
            if not isinstance(url, str) or len(url) > MAX_URL:
                raise ValueError(ORDER)
            return url
    return ""


def negotiate(own: Mapping[str, tuple[str, str]], platform: Platform) -> dict[str, str]:
    """The capabilities that both sides have in one version, without extensions of what they do not share.

    `own`: by name, the version and what it extends.

    >>> us = {"a.checkout": ("2026-08-25", ""), "a.more": ("2026-08-25", "a.checkout"), "a.order": ("2026-08-25", "")}
    >>> them = Platform("", "", {"a.more": ("2026-08-25",), "a.order": ("2026-08-25", "2026-01-11")}, {}, {})
    >>> negotiate(us, them)
    {'a.order': '2026-08-25'}
    """
    found = {
        name: version for name, (version, _parent) in own.items() if version in platform.capabilities.get(name, ())
    }
    while orphans := [name for name in found if own[name][1] and own[name][1] not in found]:
        for name in orphans:
            del found[name]
    return found


def relevant(active: Mapping[str, str], own: Mapping[str, tuple[str, str]], root: str) -> dict[str, list[Any]]:
    """The active capabilities as an answer of a root capability lists them: itself and its extensions."""
    names: Iterable[str] = (name for name in active if name == root or own.get(name, ("", ""))[1] == root)
    return {name: [{"version": active[name]}] for name in names}
