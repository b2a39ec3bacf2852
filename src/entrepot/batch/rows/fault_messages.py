"""The messages of faults and refusals in the language of a run."""

from __future__ import annotations

from entrepot.language import translate
from entrepot.law.compiled import Law
from entrepot.model.errors import WordedError
from entrepot.model.quote import Reason


def error_message(error: WordedError, language: str) -> str:
    """Why a row is not a sale.

    >>> error_message(WordedError("{word!r} is not a currency.", word="CNX"), "en")
    '"CNX" is not a currency.'
    """
    if language == "en":
        return error.message
    with translate.speaking(language):
        return translate.error_text(error)


def reason_message(reason: Reason, language: str, law: Law) -> str:
    """Why a sale is refused. `law`: the law that was applied, whose texts may be in that language."""
    if language == "en":
        return reason.message
    with translate.speaking(language, law):
        return translate.reason(reason)
