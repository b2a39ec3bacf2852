"""The settings of the connection to China's customs: everything that is not understood stops the start."""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path

import pytest

from entrepot.connect.customs.cn.program_signer import ProgramSigner
from entrepot.connect.customs.cn.settings import SettingsError, load_keys, read_settings
from entrepot.connect.customs.cn.signers import make_rsa_signer

SETTINGS = """
sandbox = true
[parties]
guarantor = "330198T001"
office = "2992"
port = "2991"
transport = "5"
platform = { code = "330198T001", name = "示例平台" }
payment_company = { code = "330198P001", name = "示例支付" }
carrier = { code = "330198L001", name = "示例物流" }
declarant = { code = "330198D001", name = "示例报关" }
transmitter = { code = "330198T001", name = "示例平台", dxp = "DXPENT0000000001" }
[sellers.og_1]
code = "330198S001"
name = "示例卖家"
[transport]
kind = "http"
address = "http://127.0.0.1:8001/messages"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "customs.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_settings_are_read(tmp_path: Path) -> None:
    found = read_settings(written(tmp_path, SETTINGS))
    assert (found.parties.office, found.sellers["og_1"].code, found.transport.kind) == ("2992", "330198S001", "http")
    assert load_keys(found) is None


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('office = "2992"', 'office = "29921"', "parties.office is '29921', not the four digits"),
        ('office = "2992"', 'ofice = "2992"', "unknown field `ofice`|missing required field `office`"),
        ('kind = "http"', 'kind = "ftp"', "ftp"),
        ('address = "http://127.0.0.1:8001/messages"', "", "a transport of the kind http needs address"),
        ("sandbox = true", "", "customs accepts no list without a signature"),
        ("sandbox = true", 'folder = "/"', "'folder' is not a setting"),
        ("[parties]", "[parties", "cannot be read"),
        ("sandbox = true", 'signer = { certificate = "a" }', "either key or command"),
        ("sandbox = true", 'signer = { certificate = "a", key = "b", command = ["c"] }', "either key or command"),
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SETTINGS
    with pytest.raises(SettingsError, match=message):
        read_settings(written(tmp_path, SETTINGS.replace(old, new)))


def test_a_missing_file_and_one_that_is_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="nowhere"):
        read_settings(tmp_path / "nowhere.toml")
    (tmp_path / "customs.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="cannot be read"):
        read_settings(tmp_path / "customs.toml")


def test_the_signer_is_loaded_from_files_beside_the_settings(tmp_path: Path) -> None:
    text = SETTINGS + '[signer]\nkey = "key.pem"\ncertificate = "certificate.pem"\n'
    path = written(tmp_path, text)
    with pytest.raises(SettingsError, match="key for China's customs cannot be used"):
        load_keys(read_settings(path))
    signer, key = make_rsa_signer("sandbox", 1, since=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    (tmp_path / "key.pem").write_bytes(key)
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    certificate = x509.load_der_x509_certificate(signer.certificate).public_bytes(Encoding.PEM)
    (tmp_path / "certificate.pem").write_bytes(certificate)
    loaded = load_keys(read_settings(path))
    assert loaded is not None
    assert loaded.certificate == signer.certificate


def test_a_program_signs_where_the_key_is_in_a_device(tmp_path: Path) -> None:
    signer, _ = make_rsa_signer("x", 5, since=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    encoded = base64.encodebytes(signer.certificate).decode()
    (tmp_path / "a.pem").write_text(f"-----BEGIN CERTIFICATE-----\n{encoded}-----END CERTIFICATE-----\n")
    text = SETTINGS.replace(
        "sandbox = true", 'signer = { certificate = "a.pem", command = ["/usr/local/bin/sign"], timeout = 5 }'
    )
    found = load_keys(read_settings(written(tmp_path, text)))
    assert isinstance(found, ProgramSigner)
    assert found.certificate == signer.certificate
