"""Errors of the protocol, with the status of their answer."""

from __future__ import annotations

from collections.abc import Mapping


class UcpFault(Exception):
    """A request is refused before anything is done: `{code, content}` with a status, as the protocol has it."""

    def __init__(self, status: int, code: str, content: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(content)
        self.status, self.code, self.content = status, code, content
        self.headers = dict(headers or {})


#: The status of each fault of a signature.
SIGNATURE_STATUS = {
    "signature_missing": 401,
    "signature_invalid": 401,
    "key_not_found": 401,
    "digest_mismatch": 400,
    "algorithm_unsupported": 400,
}
