"""The process of the customs office: its options."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from django.contrib.auth.hashers import make_password

from entrepot.sandbox import process, site
from entrepot.sandbox.customs import control, officer
from entrepot.sandbox.customs.desk import Desk
from entrepot.sandbox.customs.office import Office
from entrepot.sandbox.outgoing import check_recipient
from entrepot.sandbox.process import Options

NOTICE = "sandbox: nothing released here is released by China Customs"
PORT = 8101
DESCRIPTION = """A sandbox of a customs office. It takes China's messages of retail imports (edition 202205) over HTTP
and from a folder, checks them, and answers in the authority's format. Nothing that it releases is released by China
Customs."""


def main(arguments: Sequence[str]) -> int:
    """Serve until a signal. Returns the exit code."""
    parser = process.parser("customs", DESCRIPTION, PORT)
    parser.add_argument(
        "--send-to",
        action="append",
        default=[],
        metavar="[SENDER=]ADDRESS",
        help="where answers go: an http address or a folder; for one sender by its registration number. Repeatable",
    )
    parser.add_argument("--inbox", type=Path, metavar="DIR", help="a folder whose *.xml files are taken as messages")
    parser.add_argument(
        "--certificates", type=Path, metavar="DIR", help="certificates that may sign: signatures are checked"
    )
    parser.add_argument(
        "--payment-data-at", default="", metavar="ADDRESS", help="where a platform is asked for raw payment data"
    )
    parser.add_argument("--retry", type=float, default=1.0, metavar="SECONDS", help="pause after a failed delivery")
    parser.add_argument("--new-password", action="store_true", help="set a new password of the officer and print it")
    return process.run("customs", parser.parse_args(arguments), Customs)


class Customs:
    """The running sandbox."""

    def __init__(self, options: Options) -> None:
        given = options.own
        self.desk = Desk(options)
        self.office = Office(self.desk, inbox=given.inbox, certificates=read_certificates(given.certificates))
        platform = check_recipient(given.payment_data_at) if given.payment_data_at else ""
        if platform and "://" not in platform:
            raise ValueError(f"{given.payment_data_at} is not an address: platforms are asked over HTTP.")
        token = process.kept_secret(options.folder, "control.token")
        secret = process.kept_secret(options.folder, "secret.key")
        served = site.Site(
            "customs",
            NOTICE,
            secret,
            (options.host,),
            (*control.addresses(self.office, token, platform), *officer.addresses(self.office, options.folder)),
            templates=Path(__file__).parent / "templates",
        )
        self.application: Callable[..., Any] = site.application(served, self.desk.switches)
        self.started = {"control_token": token, **set_password(options.folder, again=given.new_password)}

    def start(self) -> None:
        """Start the threads."""
        self.office.start()

    def stop(self) -> None:
        """Stop them and close the store."""
        self.office.stop()


def set_password(folder: Path, *, again: bool) -> dict[str, str]:
    """Make a password of the officer, at the first start or if it is asked for; it is printed once and kept hashed."""
    file = folder / "officer.password"
    if file.exists() and not again:
        return {}
    password = secrets.token_urlsafe(12)
    part = folder / ".officer.password"
    part.write_text(make_password(password))
    part.replace(file)
    return {"officer": "officer", "password": password}


def read_certificates(folder: Path | None) -> Mapping[str, bytes] | None:
    """The certificates of a folder (DER or PEM), by their number; None without a folder. Raises ValueError, OSError."""
    if folder is None:
        return None
    from cryptography.hazmat.primitives.serialization import Encoding  # noqa: PLC0415  # only for this option
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    from entrepot.connect.customs.cn import der  # noqa: PLC0415

    found = {}
    for file in sorted(each for each in folder.iterdir() if each.suffix in (".cer", ".crt", ".der", ".pem")):
        content = file.read_bytes()
        if content.startswith(b"-----"):
            content = load_pem_x509_certificate(content).public_bytes(Encoding.DER)
        found[der.read_certificate(content).number] = content
    if not found:
        raise ValueError(f"{folder} has no certificate. Put files .cer, .crt, .der or .pem into it.")
    return found
