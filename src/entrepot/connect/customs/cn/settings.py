"""The settings of the connection to China's customs: one TOML file, which is read when the server starts.

    [parties.platform]          # and payment_company, carrier, declarant: registration number and name
    code = "330198T001"
    name = "…"
    [sellers.og_…]              # the registration of each seller, or of its agent in China
    code = "…"
    name = "…"
    [other_sellers]             # that of all others, where the platform's agent registers for them
    code = "…"
    name = "…"
    [transport]
    kind = "http"               # or "folder", with path
    address = "https://…"
    token = "…"                 # at least 32 characters: who sends receipts to /v1/customs/cn/messages shows it
    [signer]
    key = "customs.key.pem"     # beside this file, or an absolute path
    certificate = "customs.pem"
    # or, for a key in a device: command = ["/usr/local/bin/sign-with-card"]

A key that is not known, or a value that is not valid, raises SettingsError: nothing is guessed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec

from entrepot.connect.customs.cn.compose import Company, Parties
from entrepot.connect.customs.cn.program_signer import TIMEOUT, ProgramSigner
from entrepot.connect.customs.cn.signers import Signer, load_signer, pem_content

#: The characters that the token has at least.
SHORTEST_TOKEN = 32
#: Bytes of the settings and of a key file, at most.
MAX_BYTES = 1 << 20


class SettingsError(Exception):
    """The settings of the connection cannot be used. The text names the file and what is wrong, and no secret."""


class Transport(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How messages are sent and receipts come. `receiver`: the mailbox of customs in the transport envelope.

    `kind`: `http` with `address`, or `folder` with `path`; `envelope`: whether messages travel in a transport envelope
    (companies with their own software), or are given to a client program that wraps them. `token`: what the sender of
    receipts over HTTP shows; `authorization`: the header that the platform asks for; `settle`: the seconds that a file
    in the folder must be old before it is read.
    """

    kind: Literal["http", "folder"]
    address: str = ""
    path: str = ""
    envelope: bool = False
    receiver: str = "DXPEDCCEB0000002"
    token: str = ""
    authorization: str = ""
    settle: float = 0.0


class SignerFiles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The signer: its certificate as PEM, and either the file of its private key or a program that signs by a device.

    `command`: the program and its arguments; `timeout`: the seconds that it may take.
    """

    certificate: str
    key: str = ""
    command: tuple[str, ...] = ()
    timeout: float = TIMEOUT


class PaymentData(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How payment data are given to customs (announcements 165 and 179 of 2018).

    `address`: where they are sent; `token`: the last part of the address at which customs asks,
    `/v1/customs/cn/payment-data/TOKEN`; `link`: the address of the page of an offer, with `{offer}` for its id;
    `account`, `name`: the account that receives the payments; `verifier`: who can verify them, 1 UnionPay, 2 NetsUnion
    or 3 another.
    """

    address: str
    link: str
    account: str
    name: str
    token: str = ""
    verifier: str = "3"


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The settings. `sandbox`: the office is a sandbox, and everything that shows its answers says so.

    `other_sellers`: the registration for the sellers that `sellers` does not name; without it they cannot declare.
    `authenticated`: the platform identifies its buyers, so that another person may pay (strict without it).
    """

    parties: Parties
    transport: Transport
    sellers: Mapping[str, Company] = {}
    other_sellers: Company | None = None
    signer: SignerFiles | None = None
    sandbox: bool = False
    authenticated: bool = False
    payment_data: PaymentData | None = None
    folder: Path = Path()


def read_settings(path: Path) -> Settings:
    """Read the settings. Raises SettingsError."""
    try:
        content = path.read_bytes()
        if len(content) > MAX_BYTES:
            raise SettingsError(f"{path} has {len(content)} bytes: at most {MAX_BYTES} are read.")
        given = tomllib.loads(content.decode())
        found = msgspec.convert({**given, "folder": str(path.parent)}, Settings, dec_hook=_path)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise SettingsError(f"The settings of China's customs cannot be read from {path}: {error}") from None
    if "folder" in given:
        raise SettingsError(f"{path}: 'folder' is not a setting.")
    _check(found, path)
    return found


def load_keys(settings: Settings) -> Signer | None:
    """The signer that the settings name; None without one. Raises SettingsError."""
    if settings.signer is None:
        return None
    named = settings.signer
    try:
        certificate = (settings.folder / named.certificate).read_bytes()
        if named.command:
            content = pem_content(certificate, "CERTIFICATE")
            return ProgramSigner(named.command, content, timeout=named.timeout)
        return load_signer((settings.folder / named.key).read_bytes(), certificate)
    except (OSError, ValueError) as error:
        raise SettingsError(f"The key for China's customs cannot be used: {error}") from None


def _check_payment_data(found: Settings, given: PaymentData, path: Path) -> None:
    if "{offer}" not in given.link:
        raise SettingsError(f"{path}: payment_data.link has no {{offer}}: customs opens the page of each offer.")
    if found.signer is None:
        raise SettingsError(f"{path}: payment data are signed. Name key and certificate in [signer].")
    if len(given.token) < SHORTEST_TOKEN and not found.sandbox:
        raise SettingsError(f"{path}: payment_data.token has fewer than {SHORTEST_TOKEN} characters.")


def _check(found: Settings, path: Path) -> None:
    transport, parties = found.transport, found.parties
    needed = "address" if transport.kind == "http" else "path"
    if not getattr(transport, needed):
        raise SettingsError(f"{path}: a transport of the kind {transport.kind} needs {needed}.")
    if found.payment_data is not None:
        _check_payment_data(found, found.payment_data, path)
    if transport.token and len(transport.token) < SHORTEST_TOKEN:
        raise SettingsError(f"{path}: transport.token has fewer than {SHORTEST_TOKEN} characters.")
    for name in ("office", "port"):
        value = getattr(parties, name)
        if not (len(value) == 4 and value.isascii() and value.isdigit()):
            raise SettingsError(f"{path}: parties.{name} is {value!r}, not the four digits of a customs office.")
    if found.signer is not None and bool(found.signer.key) == bool(found.signer.command):
        raise SettingsError(f"{path}: name either key or command in [signer].")
    if found.signer is None and not found.sandbox:
        raise SettingsError(
            f"{path}: customs accepts no list without a signature. Name key and certificate in [signer]."
        )


def _path(kind: type, value: object) -> object:
    if kind is Path and isinstance(value, str):
        return Path(value)
    raise NotImplementedError
