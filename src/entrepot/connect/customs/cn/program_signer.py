"""A signer whose key is in a device: a program beside it signs, such as that of a card, a USB key or a server's module.

The program gets what it signs on standard input and writes the signature to standard output: its bytes or their base64;
for SM2 the 64 bytes of r and s, or the two numbers as DER. A signature that does not verify with the certificate is
never used.
"""

from __future__ import annotations

import base64
import binascii
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import suppress

from entrepot.connect.customs.cn import der
from entrepot.connect.customs.cn.signers import is_signed
from entrepot.trade.outbox import Later

#: Seconds that a program may take, and bytes of its output that are read.
TIMEOUT, MOST_BYTES = 20.0, 4096


class ProgramSigner:
    """Signs by a program. `command`: its path and arguments; no shell is used."""

    def __init__(self, command: Sequence[str], certificate: bytes, *, timeout: float = TIMEOUT) -> None:
        """Raises ValueError for a certificate that cannot be read, or an empty command."""
        if not command:
            raise ValueError("The command of the signing program is empty.")
        self._command, self._certificate, self._timeout = tuple(command), certificate, timeout
        self._known = der.read_certificate(certificate)

    @property
    def certificate(self) -> bytes:
        """The certificate, as DER."""
        return self._certificate

    def sign(self, data: bytes) -> bytes:
        """The signature of data. Raises Later where the program or the device does not answer as it should."""
        name = self._command[0]
        try:
            done = subprocess.run(  # noqa: S603  # the operator's own program, without a shell
                self._command, input=data, capture_output=True, timeout=self._timeout, check=False
            )
        except subprocess.TimeoutExpired:
            raise Later(f"{name} did not sign within {self._timeout:g} s.") from None
        except OSError as error:
            raise Later(f"{name} cannot be started: {error.strerror}.") from None
        if done.returncode:
            # What the program says of its fault may contain what it was to sign.
            raise Later(f"{name} ended with {done.returncode} and no signature.")
        for signature in _forms(done.stdout[:MOST_BYTES]):
            if is_signed(self._known, data, signature):
                return signature
        raise Later(f"{name} gave something that is not a signature of the certificate {self._known.number}.")


def _forms(output: bytes) -> Iterator[bytes]:
    """The signatures that an output may be: as it is, from base64, from DER."""
    found = [output]
    with suppress(binascii.Error, ValueError):  # it is not base64
        found.append(base64.b64decode(b"".join(output.split()), validate=True))
    for each in found:
        yield each
        try:
            numbers = [part.content for part in der.read_der(each).parts() if part.tag == der.INTEGER]
        except ValueError:
            continue
        if len(numbers) == 2:
            yield b"".join(number.lstrip(b"\0").rjust(32, b"\0") for number in numbers)
