"""The words of courses on pages, in the reader's language."""

from __future__ import annotations

from entrepot.language.translate import N_, _
from entrepot.web.pages.trade import words

#: The states of courses, enrolments, badges and tools.
STATUSES = {
    "draft": N_("draft"),
    "open": N_("open for learners"),
    "closed": N_("closed to new learners"),
    "enrolled": N_("not begun"),
    "started": N_("has begun"),
    "completed": N_("completed"),
    "ended": N_("ended"),
    "issued": N_("issued"),
    "revoked": N_("has been revoked"),
}
LOOKS = {"open": "done", "issued": "done", "closed": "", "revoked": "failed", "started": "", "draft": "waiting"}
#: Why a badge is revoked.
REASONS = {
    "wrong_person": N_("another person did the course"),
    "wrong_result": N_("the result was wrong"),
    "fraud": N_("fraud"),
    "other": N_("another reason"),
}
#: Why a course does not open, by the code of the fault, for learners. Other faults are for who runs the tool.
FAULTS = {
    "login_required": N_("This link to the course is not known here, or it has expired. Open the course again."),
    "launch_used": N_("This link to the course was already used. Open the course again."),
    "unauthorized_client": N_("The course tool is disabled or not registered any more. Ask the seller."),
    "not_installed": N_("Courses are not installed on this node. Ask the operator."),
}


def fault(code: str, message: str) -> str:
    """Why a course does not open. `message`: what a program is told, in English."""
    return f"{_(FAULTS[code]) if code in FAULTS else message} ({code})"


def status(word: str) -> str:
    """A state."""
    return _(STATUSES[word]) if word in STATUSES else words.status(word)


def look(word: str) -> str:
    """The look of a state: a class of its chip."""
    return LOOKS[word] if word in LOOKS else words.look(word)


def reason(word: str) -> str:
    """Why a badge is revoked."""
    return _(REASONS[word]) if word in REASONS else word
