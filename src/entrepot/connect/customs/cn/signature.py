"""The signature of a message: W3C XML Signature, enveloped, the last child of the root element.

    sign(content, signer)           -> the message with its signature
    verify(content, certificates)   -> who signed it; raises SignatureError

As the specification says: the canonical form of XML 1.0 without comments, one reference to the whole message (`URI=""`)
with the single transform `enveloped-signature`, the pairs RSA with SHA-1 or SM2 with SM3, and a KeyInfo with the number
of the certificate and the certificate. Anything else is refused when it is verified: the whole message is signed.

The specification does not say how the two numbers of an SM2 signature are written. They are the 64 bytes of r and s: a
published signature of a certificate that China E-Port issued in 2023 has that form, and the identity of GM/T 0009.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from hmac import compare_digest
from typing import NoReturn

from lxml import etree
from msgspec import Struct

from entrepot.connect.customs.cn import der
from entrepot.connect.customs.cn.faults import Fault, MessageError
from entrepot.connect.customs.cn.messages import SIGNATURE_NAMESPACE
from entrepot.connect.customs.cn.signers import ALGORITHMS, Algorithm, Signer, algorithm_of, digest, is_signed
from entrepot.connect.customs.cn.xml_tree import MOST_BYTES, check_bounds

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ENVELOPED = "http://www.w3.org/2000/09/xmldsig#enveloped-signature"
_DS = f"{{{SIGNATURE_NAMESPACE}}}"
_SPACE = " \t\n\r"


class SignatureError(MessageError):
    """A message is not signed, or its signature is wrong. `code` says which."""


class Signed(Struct, frozen=True):
    """Who signed a message: the number of the certificate, the certificate as DER, and the methods."""

    number: str
    certificate: bytes
    algorithm: Algorithm


def sign(content: bytes, signer: Signer) -> bytes:
    """A message with its signature as the last child of the root element. Raises SignatureError."""
    root = _root(content)
    if root.find(f"{_DS}Signature") is not None:
        _fail("sig_signed")
    certificate = der.read_certificate(signer.certificate)
    algorithm = algorithm_of(certificate)
    value = base64.b64encode(digest(algorithm, _canonical(root.getroottree()))).decode()
    # What is signed is the canonical form of SignedInfo, which has the namespaces around it: it is taken from the tree.
    end = content.rfind(b"</")
    head, tail = content[:end], content[end:]
    start = f'<ds:Signature xmlns:ds="{SIGNATURE_NAMESPACE}">{_signed_info(algorithm, value)}'.encode()
    unfinished = _tree(head + start + b"</ds:Signature>" + tail)
    if not len(unfinished) or unfinished[-1].tag != f"{_DS}Signature":
        _fail("sig_no_place")
    signed_info = unfinished[-1][0]
    signature = base64.b64encode(signer.sign(_canonical(signed_info))).decode()
    key_info = (
        f"<ds:SignatureValue>{signature}</ds:SignatureValue><ds:KeyInfo><ds:KeyName>{certificate.number}</ds:KeyName>"
        f"<ds:X509Data><ds:X509Certificate>{base64.b64encode(signer.certificate).decode()}</ds:X509Certificate>"
        "</ds:X509Data></ds:KeyInfo></ds:Signature>"
    )
    return head + start + key_info.encode() + tail


def verify(content: bytes, certificates: Mapping[str, bytes]) -> Signed:
    """Who signed a message. `certificates`: those that are known, as DER, by their number. Raises SignatureError.

    A certificate in the message proves nothing by itself: it must be the known one of its number.
    """
    root = _root(content)
    if len(list(root.iter(f"{_DS}Signature"))) > 1:
        _fail("sig_several")
    signature = root[-1] if len(root) else None
    if signature is None or signature.tag != f"{_DS}Signature":
        _fail("sig_missing")
    signed_info, value, key_info = _children(signature, "SignedInfo", "SignatureValue", "KeyInfo")
    algorithm, expected = _read_signed_info(signed_info)
    number, certificate = _key(key_info, certificates)
    known = der.read_certificate(certificate)
    if algorithm_of(known) is not algorithm:
        _fail("sig_method", number=number, method=algorithm.signature_method)
    if not is_signed(known, _canonical(signed_info), _base64(value)):
        _fail("sig_wrong", number=number)
    # The whole message without the signature; the text that follows it stays.
    _remove(signature)
    if not compare_digest(digest(algorithm, _canonical(root.getroottree())), expected):
        _fail("sig_digest")
    return Signed(number, certificate, algorithm)


def _fail(code: str, **values: object) -> NoReturn:
    raise SignatureError((Fault(code, values=values),))


def _root(content: bytes) -> etree._Element:
    # The small reader refuses what is too large, too deep or has a document type; only then is a tree made of it.
    check_bounds(content, most_bytes=MOST_BYTES)
    return _tree(content)


def _tree(content: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        _fail("not_xml", reason=str(error))


def _canonical(tree: etree._Element | etree._ElementTree) -> bytes:
    return etree.tostring(tree, method="c14n", exclusive=False, with_comments=False)


def _signed_info(algorithm: Algorithm, value: str) -> str:
    return (
        f'<ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{C14N}"></ds:CanonicalizationMethod>'
        f'<ds:SignatureMethod Algorithm="{algorithm.signature_method}"></ds:SignatureMethod>'
        f'<ds:Reference URI=""><ds:Transforms><ds:Transform Algorithm="{ENVELOPED}"></ds:Transform></ds:Transforms>'
        f'<ds:DigestMethod Algorithm="{algorithm.digest_method}"></ds:DigestMethod>'
        f"<ds:DigestValue>{value}</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    )


def _read_signed_info(signed_info: etree._Element) -> tuple[Algorithm, bytes]:
    """The methods and the digest of the one reference that is allowed."""
    canonicalization, method, reference = _children(
        signed_info, "CanonicalizationMethod", "SignatureMethod", "Reference"
    )
    transforms, digest_method, value = _children(reference, "Transforms", "DigestMethod", "DigestValue")
    (transform,) = _children(transforms, "Transform")
    pair = (method.get("Algorithm"), digest_method.get("Algorithm"))
    algorithm = next((each for each in ALGORITHMS if (each.signature_method, each.digest_method) == pair), None)
    if algorithm is None:
        _fail("sig_pair", method=str(pair[0]), digest=str(pair[1]))
    whole = reference.get("URI") == "" and transform.get("Algorithm") == ENVELOPED and not len(transform)
    if canonicalization.get("Algorithm") != C14N or len(canonicalization) or not whole:
        _fail("sig_reference")
    return algorithm, _base64(value)


def _children(element: etree._Element, *names: str) -> list[etree._Element]:
    found = list(element)
    if [each.tag for each in found] != [f"{_DS}{name}" for name in names]:
        _fail("sig_structure", name=etree.QName(element).localname, names=", ".join(names))
    return found


def _key(key_info: etree._Element, certificates: Mapping[str, bytes]) -> tuple[str, bytes]:
    name, data = _children(key_info, "KeyName", "X509Data")
    (inside,) = _children(data, "X509Certificate")
    number = (name.text or "").strip(_SPACE)
    known = certificates.get(number)
    if known is None:
        _fail("sig_certificate", number=number[:64])
    if _base64(inside) != known:
        _fail("sig_other_certificate", number=number)
    return number, known


def _base64(element: etree._Element) -> bytes:
    text = "".join((element.text or "").split())
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        _fail("sig_base64", name=etree.QName(element).localname)


def _remove(element: etree._Element) -> None:
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.tail and before is not None:
        before.tail = (before.tail or "") + element.tail
    elif element.tail:
        parent.text = (parent.text or "") + element.tail
    parent.remove(element)
