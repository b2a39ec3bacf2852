"""Signatures of HTTP messages (RFC 9421) with digests of their bodies (RFC 9530), by ES256 and Ed25519.

    head = sign(request, key, covered(request), created=now)          # Signature-Input and Signature
    signed = verify(request, find_key, required=covered(request), now=now)

A verifier names the components that must be covered: a signature that leaves one out, or covers a part of it, does not
count. The key decides the algorithm; a parameter `alg` that names another one refuses the signature. A message with
several signatures is accepted by the first that holds.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature

from entrepot.connect.signing_keys import ALGORITHMS, PublicKey, SigningKey
from entrepot.connect.structured_fields import (
    FieldFault,
    InnerList,
    Item,
    Parameters,
    Token,
    read_dictionary,
    write_bare,
    write_member,
    write_parameters,
)

#: Seconds by which the clocks of two parties may differ.
SKEW = 60
#: Seconds for which a request that is answered each time it arrives holds, where its signature names no end.
READ_WINDOW = 300
#: Signatures of one message that are tried.
MAX_SIGNATURES = 5
#: The hashes of a Content-Digest that are checked, the first one is written.
HASHES: Mapping[str, Callable[[bytes], bytes]] = {
    "sha-256": lambda body: hashlib.sha256(body).digest(),
    "sha-512": lambda body: hashlib.sha512(body).digest(),
}
#: Parameters of a component that are understood: one member of a dictionary, and a part of the request answered.
_UNDERSTOOD = frozenset({"key", "req"})
_TAG = "@signature-params"


class SignatureFault(ValueError):
    """A message is not signed as it must be.

    `code`: signature_missing, signature_invalid, key_not_found, digest_mismatch or algorithm_unsupported.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class HttpMessage(NamedTuple):
    """A request, or a response where `status` is given.

    `url`: as the sender sees it, with scheme and host; `headers`: names in any case, a repeated one as several pairs;
    `request`: for a response, the request that it answers.
    """

    method: str = ""
    url: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    status: int | None = None
    request: HttpMessage | None = None

    def header(self, name: str) -> str | None:
        """The value of a header; several of one name are joined."""
        wanted, size = name.lower(), len(name)
        # The lengths first: a request has some fifteen headers, and a signature looks for each that it covers.
        found = [
            " ".join(value.split("\n")).strip()
            for each, value in self.headers
            if len(each) == size and each.lower() == wanted
        ]
        return ", ".join(found) if found else None


class _Ages(NamedTuple):
    """Seconds after `created` for which a signature holds: every one, and one without `expires`."""

    always: int | None
    without_expires: int | None


class Signed(NamedTuple):
    """A signature that holds: its label, key, covered components and parameters."""

    label: str
    key: str
    components: tuple[str, ...]
    parameters: Parameters


def content_digest(body: bytes) -> str:
    """The value of `Content-Digest`.

    >>> content_digest(b'{"hello": "world"}')
    'sha-256=:X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=:'
    """
    return f"sha-256={write_bare(HASHES['sha-256'](body))}"


def check_digest(message: HttpMessage) -> None:
    """Check the Content-Digest of a message: each hash of it that is known. Raises SignatureFault."""
    text = message.header("content-digest")
    if text is None:
        raise SignatureFault("digest_mismatch", "The message has a body and no Content-Digest.")
    try:
        members = read_dictionary(text)
    except FieldFault as error:
        raise SignatureFault("digest_mismatch", f"The Content-Digest cannot be read. {error}") from None
    known = [name for name in members if name in HASHES]
    if not known:
        raise SignatureFault("digest_mismatch", f"The Content-Digest has none of {', '.join(HASHES)}.")
    for name in known:
        value = members[name]
        given = value.value if isinstance(value, Item) else None
        if not isinstance(given, bytes) or not hmac.compare_digest(given, HASHES[name](message.body)):
            raise SignatureFault("digest_mismatch", f"The body does not have the {name} that the Content-Digest names.")


def covered(message: HttpMessage, also: Iterable[str] = ()) -> tuple[str, ...]:
    """The components that a signature of a message covers: its target or status, its body, and headers that it has.

    >>> covered(HttpMessage("GET", "https://a.example/orders?x=1"))
    ('@method', '@authority', '@path', '@query')
    """
    if message.status is not None:
        found = ["@status"]
    else:
        found = ["@method", "@authority", "@path", *(["@query"] if urlsplit(message.url).query else [])]
    found += [name for name in also if name.startswith("@") or message.header(name) is not None]
    return (*found, *(("content-digest", "content-type") if message.body else ()))


def sign(
    message: HttpMessage,
    key: SigningKey,
    components: Iterable[str | Item],
    *,
    label: str = "sig1",
    created: int | None = None,
    expires: int | None = None,
    nonce: str = "",
    tag: str = "",
) -> dict[str, str]:
    """The headers `Signature-Input` and `Signature` of a message, which has its Content-Digest already.

    Raises SignatureFault for a component that the message does not have.
    """
    parameters: dict[str, int | str] = {}
    if created is not None:
        parameters["created"] = created
    if expires is not None:
        parameters["expires"] = expires
    parameters["keyid"] = key.id
    parameters |= {name: value for name, value in (("nonce", nonce), ("tag", tag)) if value}
    items = tuple(each if isinstance(each, Item) else Item(each, {}) for each in components)
    inner = InnerList(items, parameters)
    base, written = _base(message, inner)
    return {"Signature-Input": f"{label}={written}", "Signature": f"{label}={write_bare(key.sign(base))}"}


def read_signatures(message: HttpMessage) -> tuple[dict[str, Item | InnerList], dict[str, Item | InnerList]]:
    """The fields Signature-Input and Signature, by label. Raises SignatureFault where one is missing or unreadable."""
    given, signatures = message.header("signature-input"), message.header("signature")
    if not given or not signatures:
        raise SignatureFault("signature_missing", "The message has no Signature-Input and Signature.")
    try:
        inputs, values = read_dictionary(given), read_dictionary(signatures)
    except FieldFault as error:
        raise SignatureFault("signature_invalid", f"The signature cannot be read. {error}") from None
    return inputs, values


def verify(
    message: HttpMessage,
    find_key: Callable[[str], PublicKey | None],
    *,
    required: Collection[str],
    now: float,
    tag: str | None = None,
    max_age: int | None = None,
    window: int | None = None,
) -> Signed:
    """The signature of a message that holds. Raises SignatureFault with the reason why the last one does not.

    `find_key`: the signer's key by its id, of which KeyUnsupported is the algorithm; `required`: what must be covered;
    `tag`: only a signature with this tag counts; `max_age`: seconds after `created`, which then must be given;
    `window`: the same for a signature that does not say by `expires` when it ends.
    """
    ages = _Ages(max_age, window)
    inputs, values = read_signatures(message)
    last = SignatureFault("signature_missing", "No signature of the message can be used.")
    for label, inner in list(inputs.items())[:MAX_SIGNATURES]:
        value = values.get(label)
        signature = value.value if isinstance(value, Item) else None
        if not isinstance(inner, InnerList) or not isinstance(signature, bytes):
            last = SignatureFault("signature_invalid", f"The signature {label} has no components or no value.")
            continue
        if tag is not None and inner.parameters.get("tag") != tag:
            continue
        try:
            return _verify_one(message, label, inner, signature, find_key, required, now, ages)
        except SignatureFault as fault:
            last = fault
    raise last


def _verify_one(
    message: HttpMessage,
    label: str,
    inner: InnerList,
    signature: bytes,
    find_key: Callable[[str], PublicKey | None],
    required: Collection[str],
    now: float,
    ages: _Ages,
) -> Signed:
    # A component with a parameter is a part of it, or one of the request: it does not cover the whole.
    names = tuple(str(each.value) for each in inner.items if not each.parameters)
    missing = [each for each in required if each not in names]
    if missing:
        raise SignatureFault("signature_invalid", f"The signature {label} does not cover {', '.join(missing)}.")
    _check_times(label, inner.parameters, now, ages)
    number = inner.parameters.get("keyid")
    if not isinstance(number, str):
        raise SignatureFault("key_not_found", f"The signature {label} names no key.")
    key = find_key(number)
    if key is None:
        raise SignatureFault("key_not_found", f"The signer has published no key {number[:80]!r}.")
    named = inner.parameters.get("alg")
    if named is not None and named != ALGORITHMS[key.algorithm]:
        raise SignatureFault("algorithm_unsupported", f"The key {number[:80]!r} does not sign by {named!r}.")
    if message.body or "content-digest" in names:
        check_digest(message)
    try:
        key.verify(signature, signature_base(message, inner))
    except InvalidSignature:
        raise SignatureFault(
            "signature_invalid", f"The signature {label} by the key {number[:80]!r} does not hold."
        ) from None
    return Signed(label, number, names, inner.parameters)


def _check_times(label: str, parameters: Parameters, now: float, ages: _Ages) -> None:
    created, expires = parameters.get("created"), parameters.get("expires")
    for name, value in (("created", created), ("expires", expires)):
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise SignatureFault("signature_invalid", f"The parameter {name} of the signature {label} is no time.")
    if isinstance(expires, int) and now > expires + SKEW:
        raise SignatureFault("signature_invalid", f"The signature {label} expired {int(now - expires)} s ago.")
    limits = [ages.always, ages.without_expires if expires is None else None]
    max_age = min((each for each in limits if each is not None), default=None)
    if isinstance(created, int):
        if created > now + SKEW:
            ahead = int(created - now)
            raise SignatureFault(
                "signature_invalid", f"The signature {label} was made {ahead} s from now: set the clock of the signer."
            )
        if max_age is not None and now > created + max_age + SKEW:
            raise SignatureFault("signature_invalid", f"The signature {label} is older than {max_age} s.")
    elif max_age is not None:
        says = "does not say when it was made: add the parameter created"
        raise SignatureFault("signature_invalid", f"The signature {label} {says}.")


def signature_base(message: HttpMessage, inner: InnerList) -> bytes:
    """What is signed (RFC 9421, section 2.5). Raises SignatureFault for a component that the message does not have."""
    return _base(message, inner)[0]


def _base(message: HttpMessage, inner: InnerList) -> tuple[bytes, str]:
    """What is signed, and the covered components with their parameters as text."""
    lines: list[str] = []
    seen: dict[str, None] = {}  # in order
    for each in inner.items:
        if not isinstance(each.value, str) or isinstance(each.value, Token):
            raise SignatureFault("signature_invalid", "The name of a component is no string.")
        name = write_bare(each.value) + write_parameters(each.parameters)
        if name in seen:
            raise SignatureFault("signature_invalid", f"The component {name} is covered twice.")
        if not set(each.parameters) <= _UNDERSTOOD:
            raise SignatureFault("signature_invalid", f"The parameters of the component {name} are not supported.")
        seen[name] = None
        value = _component(message, each)
        if "\n" in value or "\r" in value:
            raise SignatureFault("signature_invalid", f"The component {name} has more than one line.")
        lines.append(f"{name}: {value}")
    written = f"({' '.join(seen)}){write_parameters(inner.parameters)}"
    lines.append(f'"{_TAG}": {written}')
    try:
        return "\n".join(lines).encode("ascii"), written
    except UnicodeEncodeError:
        raise SignatureFault("signature_invalid", "A covered header has characters beyond ASCII.") from None


def _component(message: HttpMessage, item: Item) -> str:
    if item.parameters.get("req"):
        if message.request is None:
            raise SignatureFault("signature_invalid", "The signature covers the request, which is not known.")
        message = message.request
    name = str(item.value)
    if name.startswith("@"):
        return _derived(message, name)
    value = message.header(name)
    if value is None or name != name.lower():
        raise SignatureFault("signature_invalid", f"The message has no header {name!r}, which the signature covers.")
    if "key" not in item.parameters:
        return value
    try:
        return write_member(read_dictionary(value)[str(item.parameters["key"])])
    except (FieldFault, KeyError):
        raise SignatureFault("signature_invalid", f"The header {name!r} has no such member.") from None


def _derived(message: HttpMessage, name: str) -> str:
    if message.status is not None:
        if name == "@status":
            return str(message.status)
        raise SignatureFault("signature_invalid", f"A response has no {name}.")
    derive = _DERIVED.get(name)
    if derive is None:
        raise SignatureFault("signature_invalid", f"The component {name!r} is not supported.")
    return derive(message)


def _authority(url: str) -> str:
    """The host in small letters, with the port where it is not that of the scheme.

    >>> _authority("https://Shop.Example:443/a"), _authority("http://127.0.0.1:8000/")
    ('shop.example', '127.0.0.1:8000')
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    usual = {"https": ":443", "http": ":80"}.get(parts.scheme.lower(), "")
    return host.removesuffix(usual) if usual else host


def _request_target(message: HttpMessage) -> str:
    parts = urlsplit(message.url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


#: The derived components of a request (RFC 9421, section 2.2).
_DERIVED: Mapping[str, Callable[[HttpMessage], str]] = {
    "@method": lambda message: message.method,
    "@authority": lambda message: _authority(message.url),
    "@path": lambda message: urlsplit(message.url).path or "/",
    "@query": lambda message: f"?{urlsplit(message.url).query}",
    "@scheme": lambda message: urlsplit(message.url).scheme.lower(),
    "@target-uri": lambda message: message.url,
    "@request-target": _request_target,
}
