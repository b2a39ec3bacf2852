"""Why a message of a tool is refused, as OAuth 2.0 says it to programs, with a text that says what to do."""

from __future__ import annotations


class LtiFault(Exception):
    """A request that is refused. `code`: for programs; the text says what is wrong and what is expected."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status
