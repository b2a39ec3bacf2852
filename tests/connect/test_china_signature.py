"""The signature of China's customs messages, against other implementations: xmlsec1 (RSA) and openssl (SM2, SM3)."""

from __future__ import annotations

import base64
import datetime as dt
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from china_messages import import_list, list_line, needs_schema, official_schema
from entrepot.connect.customs.cn import MessageError, der, read, write
from entrepot.connect.customs.cn.program_signer import ProgramSigner
from entrepot.connect.customs.cn.signature import SignatureError, sign, verify
from entrepot.connect.customs.cn.signers import (
    RSA_SHA1,
    SM2_IDENTITY,
    SM2_SM3,
    Signer,
    digest,
    is_signed,
    load_signer,
    make_rsa_signer,
    make_sm2_signer,
)
from entrepot.trade.outbox import Later
from sizes import size

NUMBER = 0x03000000000CDE6F
SINCE = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
DS = "{http://www.w3.org/2000/09/xmldsig#}"

needs_xmlsec1 = pytest.mark.skipif(not shutil.which("xmlsec1"), reason="xmlsec1 is not installed")


def openssl_knows_sm2() -> bool:
    if not shutil.which("openssl"):
        return False
    done = subprocess.run(["openssl", "genpkey", "-algorithm", "SM2"], capture_output=True, check=False)
    return done.returncode == 0


needs_openssl = pytest.mark.skipif(not openssl_knows_sm2(), reason="no openssl with SM2 is installed")


def openssl(*arguments: str | Path, data: bytes | None = None) -> bytes:
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


def as_pem(certificate: bytes) -> bytes:
    encoded = base64.encodebytes(certificate).decode()
    return f"-----BEGIN CERTIFICATE-----\n{encoded}-----END CERTIFICATE-----\n".encode()


@pytest.fixture(scope="module")
def rsa() -> tuple[Signer, bytes]:
    return make_rsa_signer("东方物通科技", NUMBER, since=SINCE)


@pytest.fixture(scope="module")
def sm2() -> tuple[Signer, bytes]:
    return make_sm2_signer("东方物通科技", NUMBER, since=SINCE)


@pytest.fixture(scope="module", params=["rsa", "sm2"])
def signer(request: pytest.FixtureRequest) -> Signer:
    made: tuple[Signer, bytes] = request.getfixturevalue(request.param)
    return made[0]


def known(signer: Signer) -> dict[str, bytes]:
    return {der.read_certificate(signer.certificate).number: signer.certificate}


def test_a_signed_message_says_who_signed_it_and_reads_as_before(signer: Signer) -> None:
    message = import_list(list_line(gname="a & b < c > d \r\n\t é 咖啡"))
    content = sign(write(message), signer)
    assert verify(content, known(signer)).number == "03000000000cde6f"
    assert read(content) == message


@needs_schema
def test_a_signed_message_is_valid_by_the_schema(signer: Signer) -> None:
    official_schema().assertValid(etree.fromstring(sign(write(import_list()), signer)))


def test_the_signature_has_the_parts_and_methods_of_the_specification(signer: Signer) -> None:
    signature = etree.fromstring(sign(write(import_list()), signer))[-1]
    assert [each.tag.removeprefix(DS) for each in signature.iter()] == [
        "Signature",
        "SignedInfo",
        "CanonicalizationMethod",
        "SignatureMethod",
        "Reference",
        "Transforms",
        "Transform",
        "DigestMethod",
        "DigestValue",
        "SignatureValue",
        "KeyInfo",
        "KeyName",
        "X509Data",
        "X509Certificate",
    ]
    methods = {each.get("Algorithm") for each in signature.iter() if each.get("Algorithm")}
    rsa = der.read_certificate(signer.certificate).algorithm == "RSA"
    pair = (
        {"http://www.w3.org/2000/09/xmldsig#rsa-sha1", "http://www.w3.org/2000/09/xmldsig#sha1"}
        if rsa
        else {
            "http://www.chinaport.gov.cn/2022/04/xmldsig#sm2-sm3",
            "http://www.chinaport.gov.cn/2022/04/xmldsig#sm3",
        }
    )
    assert methods == pair | {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
        "http://www.w3.org/2000/09/xmldsig#enveloped-signature",
    }
    assert [each.get("URI") for each in signature.iter(f"{DS}Reference")] == [""]


def test_the_example_of_the_standard_of_sm2_verifies() -> None:
    # GB/T 32918.5-2017, annex A.2: the key and the signature of "message digest" under the identity 1234567812345678.
    point = bytes.fromhex(
        "04"
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    signature = bytes.fromhex(
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
        "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    )
    certificate = der.Certificate("00000001", "SM2", point)
    assert is_signed(certificate, b"message digest", signature)
    assert not is_signed(certificate, b"message digesT", signature)
    assert not is_signed(certificate, b"message digest", signature[:-1])
    assert not is_signed(certificate, b"message digest", bytes(64))


# ---- other implementations ----


@needs_xmlsec1
@pytest.mark.parametrize("declared", ["", ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'])
def test_xmlsec1_verifies_what_is_signed_here(rsa: tuple[Signer, bytes], tmp_path: Path, declared: str) -> None:
    # A namespace that the root declares is a part of the canonical form of SignedInfo.
    written = write(import_list(list_line(gname="a & b \r\n é 咖啡")))
    content = written.replace(b" guid=", f"{declared} guid=".encode(), 1)
    (tmp_path / "message.xml").write_bytes(sign(content, rsa[0]))
    (tmp_path / "certificate.pem").write_bytes(as_pem(rsa[0].certificate))
    done = subprocess.run(
        ["xmlsec1", "--verify", "--trusted-pem", tmp_path / "certificate.pem", tmp_path / "message.xml"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@needs_xmlsec1
def test_what_xmlsec1_signs_is_verified_here(rsa: tuple[Signer, bytes], tmp_path: Path) -> None:
    content = sign(write(import_list()), rsa[0])
    tree = etree.fromstring(content)
    for name in ("DigestValue", "SignatureValue"):
        next(tree.iter(f"{DS}{name}")).text = ""
    (tmp_path / "template.xml").write_bytes(etree.tostring(tree, pretty_print=True))
    (tmp_path / "key.pem").write_bytes(rsa[1])
    done = subprocess.run(
        ["xmlsec1", "--sign", "--privkey-pem", tmp_path / "key.pem", tmp_path / "template.xml"],
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert verify(done.stdout, known(rsa[0])).algorithm is RSA_SHA1


def openssl_verifies(certificate: bytes, data: bytes, signature: bytes, folder: Path) -> bool:
    """Whether openssl takes an SM2 signature, as DER, of data with the key of a certificate."""
    (folder / "signature.der").write_bytes(signature)
    (folder / "data").write_bytes(data)
    (folder / "public.pem").write_bytes(openssl("x509", "-inform", "der", "-noout", "-pubkey", data=certificate))
    done = openssl(
        *("pkeyutl", "-verify", "-rawin", "-digest", "sm3", "-pkeyopt", f"distid:{SM2_IDENTITY.decode()}"),
        *("-pubin", "-inkey", folder / "public.pem", "-in", folder / "data", "-sigfile", folder / "signature.der"),
    )
    return b"Verified Successfully" in done


@needs_openssl
def test_openssl_verifies_an_sm2_signature_made_here(sm2: tuple[Signer, bytes], tmp_path: Path) -> None:
    signature = etree.fromstring(sign(write(import_list()), sm2[0]))[-1]
    signed_info = etree.tostring(signature[0], method="c14n")
    value = base64.b64decode(signature.findtext(f"{DS}SignatureValue") or "")
    r, s = (int.from_bytes(part, "big") for part in (value[:32], value[32:]))
    assert openssl_verifies(sm2[0].certificate, signed_info, der.sequence(der.integer(r), der.integer(s)), tmp_path)
    assert openssl("dgst", "-sm3", "-binary", data=signed_info) == digest(SM2_SM3, signed_info)


@needs_openssl
def test_the_key_and_certificate_of_openssl_sign_here(tmp_path: Path) -> None:
    key = openssl("genpkey", "-algorithm", "SM2")
    (tmp_path / "key.pem").write_bytes(key)
    certificate = openssl(
        *("req", "-new", "-x509", "-sm3", "-key", tmp_path / "key.pem", "-subj", "/CN=x", "-set_serial", "0x1691fe9")
    )
    signer = load_signer(key, certificate)
    content = sign(write(import_list()), signer)
    assert verify(content, known(signer)).number == "01691fe9"


@needs_openssl
def test_a_certificate_made_here_is_signed_with_its_own_key(sm2: tuple[Signer, bytes], tmp_path: Path) -> None:
    certificate = sm2[0].certificate
    inside, _, signature = der.read_der(certificate).parts()
    signed = der.write_der(inside.tag, inside.content)
    assert openssl_verifies(certificate, signed, signature.content[1:], tmp_path)
    # openssl and this package load the key that goes with it.
    pem = openssl("x509", "-inform", "der", data=certificate)
    assert load_signer(sm2[1], pem).certificate == certificate
    public = openssl("x509", "-inform", "der", "-noout", "-pubkey", data=certificate)
    assert openssl("pkey", "-pubout", data=sm2[1]) == public


def test_keys_in_files_are_loaded_again(rsa: tuple[Signer, bytes]) -> None:
    content = sign(write(import_list()), load_signer(rsa[1], as_pem(rsa[0].certificate)))
    assert verify(content, known(rsa[0])).certificate == rsa[0].certificate
    with pytest.raises(ValueError, match="no PEM block"):
        load_signer(rsa[1], rsa[1])


# ---- a key in a device ----

#: A program that signs as that of a device would: `python -c PROGRAM KEY CERTIFICATE FORM`.
PROGRAM = """
import base64, sys, time
from entrepot.connect.customs.cn import der
from entrepot.connect.customs.cn.signers import load_signer
key, certificate = (open(name, "rb").read() for name in sys.argv[1:3])
form = sys.argv[3]
signature = load_signer(key, certificate).sign(sys.stdin.buffer.read())
if form == "base64":
    signature = base64.encodebytes(signature)
if form == "der":
    r, s = (int.from_bytes(part, "big") for part in (signature[:32], signature[32:]))
    signature = der.sequence(der.integer(r), der.integer(s))
if form == "other":
    signature = signature[::-1]
if form == "fails":
    sys.exit(3)
if form == "slow":
    time.sleep(30)
sys.stdout.buffer.write(signature)
"""


def program(folder: Path, made: tuple[Signer, bytes], form: str, timeout: float = 120.0) -> ProgramSigner:
    (folder / "key.pem").write_bytes(made[1])
    (folder / "certificate.pem").write_bytes(as_pem(made[0].certificate))
    files = (str(folder / "key.pem"), str(folder / "certificate.pem"))
    return ProgramSigner((sys.executable, "-c", PROGRAM, *files, form), made[0].certificate, timeout=timeout)


@pytest.mark.parametrize("form", ["bytes", "base64", "der"])
def test_a_program_signs_for_a_device(sm2: tuple[Signer, bytes], tmp_path: Path, form: str) -> None:
    content = sign(write(import_list()), program(tmp_path, sm2, form))
    assert verify(content, known(sm2[0])).algorithm is SM2_SM3


@pytest.mark.parametrize(("form", "message"), [("other", "not a signature"), ("fails", "ended with 3")])
def test_a_program_that_does_not_sign_is_tried_again_later(
    rsa: tuple[Signer, bytes], tmp_path: Path, form: str, message: str
) -> None:
    with pytest.raises(Later, match=message):
        sign(write(import_list()), program(tmp_path, rsa, form))


def test_a_program_that_is_slow_or_missing_is_tried_again_later(rsa: tuple[Signer, bytes], tmp_path: Path) -> None:
    with pytest.raises(Later, match="within"):
        program(tmp_path, rsa, "slow", timeout=0.01).sign(b"x")
    with pytest.raises(Later, match="cannot be started"):
        ProgramSigner((str(tmp_path / "none"),), rsa[0].certificate).sign(b"x")
    with pytest.raises(ValueError, match="empty"):
        ProgramSigner((), rsa[0].certificate)


@needs_openssl
def test_openssl_is_a_program_that_signs(rsa: tuple[Signer, bytes], tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(rsa[1])
    signer = ProgramSigner(("openssl", "dgst", "-sha1", "-sign", str(tmp_path / "key.pem")), rsa[0].certificate)
    assert verify(sign(write(import_list()), signer), known(rsa[0])).algorithm is RSA_SHA1


# ---- wrong signatures ----


def code_of(content: bytes, signer: Signer) -> str:
    with pytest.raises(SignatureError) as error:
        verify(content, known(signer))
    return error.value.code


def test_a_changed_message_or_signature_is_refused(signer: Signer) -> None:
    content = sign(write(import_list()), signer)
    assert code_of(content.replace(b"100.00", b"100.01"), signer) == "sig_digest"
    assert code_of(content.replace(b"<ds:DigestValue>", b"<ds:DigestValue>A"), signer) in ("sig_base64", "sig_wrong")
    assert code_of(write(import_list()), signer) == "sig_missing"
    again = content.replace(b"</ceb:CEB621Message>", b"<ceb:x></ceb:x></ceb:CEB621Message>")
    assert code_of(again, signer) == "sig_missing"
    start, end = content.index(b"<ds:Signature "), content.index(b"</ceb:CEB621Message>")
    assert code_of(content[:end] + content[start:end] + content[end:], signer) == "sig_several"


def test_only_a_reference_to_the_whole_message_is_accepted(signer: Signer) -> None:
    content = sign(write(import_list()), signer)
    for change, code in (
        ((b'URI=""', b'URI="#part"'), "sig_reference"),
        ((b"REC-xml-c14n-20010315", b"REC-xml-c14n-20010315#WithComments"), "sig_reference"),
        ((b"#enveloped-signature", b"#base64"), "sig_reference"),
        ((b"<ds:DigestMethod Algorithm=", b"<ds:DigestMethod A="), "sig_pair"),
        ((b"<ds:KeyName>03", b"<ds:KeyName>04"), "sig_certificate"),
        ((b"<ds:X509Certificate>M", b"<ds:X509Certificate>N"), "sig_other_certificate"),
        ((b"<ds:KeyInfo>", b"<ds:KeyInfo><ds:KeyValue/>"), "sig_structure"),
        ((b"<ds:Transforms>", b"<ds:Transforms><!-- c -->"), "sig_structure"),
    ):
        changed = content.replace(*change)
        assert changed != content, change
        assert code_of(changed, signer) == code, change


def test_a_certificate_that_is_not_the_known_one_of_its_number_is_refused(rsa: tuple[Signer, bytes]) -> None:
    other, _ = make_rsa_signer("另一家", NUMBER, since=SINCE)
    assert code_of(sign(write(import_list()), other), rsa[0]) == "sig_other_certificate"


def test_a_method_that_the_known_certificate_does_not_sign_with_is_refused(
    rsa: tuple[Signer, bytes], sm2: tuple[Signer, bytes]
) -> None:
    content = sign(write(import_list()), rsa[0])
    other = content.replace(base64.b64encode(rsa[0].certificate), base64.b64encode(sm2[0].certificate))
    assert code_of(other, sm2[0]) == "sig_method"


def test_a_signed_message_is_not_signed_again(rsa: tuple[Signer, bytes]) -> None:
    with pytest.raises(SignatureError) as error:
        sign(sign(write(import_list()), rsa[0]), rsa[0])
    assert error.value.code == "sig_signed"
    with pytest.raises(SignatureError) as error:
        sign(write(import_list()) + b"<!-- </a> -->", rsa[0])
    assert error.value.code == "sig_no_place"


def test_a_message_with_a_document_type_is_neither_signed_nor_verified(rsa: tuple[Signer, bytes]) -> None:
    content = write(import_list()).replace(b"<ceb:CEB621", b"<!DOCTYPE x><ceb:CEB621", 1)
    with pytest.raises(MessageError) as error:
        sign(content, rsa[0])
    assert error.value.code == "doctype"


@settings(max_examples=size(100, 3000))
@given(data=st.data())
def test_no_single_wrong_character_is_verified(rsa: tuple[Signer, bytes], data: st.DataObject) -> None:
    content = sign(write(import_list()), rsa[0]).decode()
    place = data.draw(st.integers(content.index("<ceb:"), len(content) - 1))
    character = data.draw(st.characters(codec="utf-8"))
    changed = content[:place] + character + content[place + 1 :]
    try:
        verify(changed.encode(), known(rsa[0]))
    except MessageError:
        return
    # What is the same XML is the same message: white space in base64, one quote for another.
    assert etree.canonicalize(changed, strip_text=True) == etree.canonicalize(content, strip_text=True)


@given(number=st.integers(0, 2**160))
def test_numbers_of_der_are_read_as_written(number: int) -> None:
    (part,) = der.read_der(der.sequence(der.integer(number))).parts()
    assert int.from_bytes(part.content, "big") == number


@given(content=st.binary(max_size=60))
def test_wrong_der_is_a_value_error(content: bytes) -> None:
    for reader in (der.read_certificate, der.read_sm2_key):
        with pytest.raises(ValueError):  # noqa: PT011  # each of the messages
            reader(content)
