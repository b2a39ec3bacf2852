"""What a classification says: the candidates, how sure they are, and the question that would decide."""

from __future__ import annotations

from typing import Literal

import msgspec

Status = Literal["sure", "unsure", "unusable"]


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One level of the path to a code: chapter, heading or subheading."""

    code: str
    name: str


class LineCandidate(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the destination's own schedule under a six-digit candidate."""

    code: str
    name: str
    probability: float


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A six-digit code that the goods may have.

    `because`: the words of the description that decided, the strongest first. `lines`: of the destination, if one was
    given. `corrected`: a user has said that this description has this code.
    """

    hs6: str
    probability: float
    path: tuple[Step, ...] = ()
    because: tuple[str, ...] = ()
    lines: tuple[LineCandidate, ...] = ()
    corrected: bool = False


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One answer to a question, with the candidates that it leaves."""

    label: str
    codes: tuple[str, ...]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The question that distinguishes the candidates best.

    `text`: an English sentence with places for `values`, which is translated where it is shown.
    """

    id: str
    text: str
    values: dict[str, str]
    choices: tuple[Choice, ...]


class Classification(msgspec.Struct, frozen=True, kw_only=True):
    """The goods that a description may mean.

    `status`: `sure` (`hs6` is the code), `unsure` (the candidates are a range, and `question` would decide) or
    `unusable` (`reason` is why). `notes`: ids of the notes of the nomenclature that changed the order. `assumed`: what
    was assumed, as codes.
    """

    query: str
    language: str
    status: Status
    hs6: str | None = None
    candidates: tuple[Candidate, ...] = ()
    question: Question | None = None
    reason: str | None = None
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    object: str = "classification"
