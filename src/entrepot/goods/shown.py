"""A classification as the command line, the API and the pages show it: its question and its advice as sentences."""

from __future__ import annotations

from typing import Literal, NamedTuple

import msgspec

from entrepot.goods.classify.answer import Candidate, Choice, Classification, Status
from entrepot.goods.described import unusable
from entrepot.language.translate import N_, _, error_text

#: The questions of `classify.question`, which are translated where they are shown.
QUESTIONS = (
    N_("Is it knitted or crocheted?"),
    N_("Who is it for?"),
    N_("In what state is it?"),
    N_("What is it mainly made of?"),
    N_("Which size, weight or content does it have?"),
    N_("Which of these describes it best?"),
    N_("Which of the goods gives the set its essential character?"),
)


class QuestionShown(msgspec.Struct, frozen=True, kw_only=True):
    """The question that would decide between the candidates, with its choices. A choice leaves some of the codes."""

    id: str
    text: str
    choices: tuple[Choice, ...]


class CodeCandidate(Candidate, frozen=True, kw_only=True):
    """A six-digit code that the goods may have, with the path of headings to it.

    `because`: the words of the description that decided, the strongest first. `lines`: of the schedule of `to`.
    `corrected`: somebody chose this code for the description before.
    """


class ClassifiedGoods(msgspec.Struct, frozen=True, kw_only=True):
    """The six-digit codes that a description of goods may mean, the likeliest first.

    `status`: `sure` (`hs6` is the code), `unsure` (`question` would decide between the candidates) or `unusable`
    (`reason` says why as a word, `message` as a sentence). `corrected`: the code is the one that was chosen before for
    this description.
    """

    object: Literal["classification"] = "classification"
    query: str
    language: str
    status: Status
    hs6: str | None = None
    corrected: bool = False
    candidates: tuple[CodeCandidate, ...] = ()
    question: QuestionShown | None = None
    reason: str | None = None
    message: str | None = None
    notes: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()


class TableCells(NamedTuple):
    """The cells of a description in a table; `hs6` is empty where the classification is not sure."""

    hs6: str | None = None
    probability: float | None = None
    candidates: str | None = None
    question: str | None = None
    fault: str | None = None
    fault_message: str | None = None


class ClassifiedList(msgspec.Struct, frozen=True, kw_only=True):
    """The classifications of several descriptions, in their order."""

    object: Literal["list"] = "list"
    data: tuple[ClassifiedGoods, ...]


def shown(found: Classification) -> ClassifiedGoods:
    """A classification with its sentences in the language of the reader.

    >>> shown(Classification(query="", language="en", status="unusable", reason="empty")).message
    'The description is empty. Write what the goods are, for example: roasted coffee beans.'
    """
    asked = found.question
    question = None
    if asked is not None:
        question = QuestionShown(id=asked.id, text=_(asked.text).format(**asked.values), choices=asked.choices)
    return ClassifiedGoods(
        query=found.query,
        language=found.language,
        status=found.status,
        hs6=found.hs6,
        corrected=any(each.corrected for each in found.candidates),
        candidates=tuple(CodeCandidate(**msgspec.structs.asdict(each)) for each in found.candidates),
        question=question,
        reason=found.reason,
        message=error_text(unusable(found.reason or "", found.query)) if found.status == "unusable" else None,
        notes=found.notes,
        assumed=found.assumed,
    )


def table_cells(found: Classification) -> TableCells:
    """The cells of a description in a table, with their sentences in the language of the reader.

    >>> table_cells(Classification(query="", language="en", status="unusable", reason="empty")).fault
    'empty'
    """
    if found.status == "unusable":
        return TableCells(fault=found.reason, fault_message=error_text(unusable(found.reason or "", found.query)))
    question = None
    if (asked := found.question) is not None:
        choices = " / ".join(f"{each.label} ({' '.join(each.codes)})" for each in asked.choices)
        question = f"{_(asked.text).format(**asked.values)} {choices}"
    return TableCells(
        hs6=found.hs6 if found.status == "sure" else None,
        probability=found.candidates[0].probability if found.candidates else None,
        candidates="; ".join(f"{each.hs6} {each.probability:.3f}" for each in found.candidates),
        question=question,
    )
