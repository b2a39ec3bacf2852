"""A process that classifies descriptions for another one: blocks of them in, their classifications out, in MessagePack.

The setup is the `Task`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal, NamedTuple, Self

import msgspec

from entrepot.batch.assess.process_pool import serve
from entrepot.goods import classify as classifier
from entrepot.goods.classify import Classification, Nomenclature
from entrepot.goods.classify.scores import load_arrays
from entrepot.goods.described import codes_found
from entrepot.goods.names import SharedNames
from entrepot.goods.shown import TableCells, table_cells
from entrepot.language import translate
from entrepot.law.compiled import Law

FormName = Literal["whole", "codes", "cells"]
Names = dict[str, dict[str, tuple[str, str]]]


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """How descriptions are classified: all that a process needs to know, so that it reads no packs.

    `language`: of the names; `spoken`: of the sentences in cells. `headings` and `shared`: those of a `Nomenclature`.
    `form`: what becomes of each classification (see `FORMS`).
    """

    form: FormName
    headings: dict[str, str]
    shared: Names
    language: str
    spoken: str = "en"
    limit: int = 5
    law: Law | None = None

    @classmethod
    def of(
        cls, form: FormName, tree: Nomenclature, language: str, spoken: str, limit: int = 5, law: Law | None = None
    ) -> Self:
        """A task with the names of a nomenclature."""
        return cls(
            form=form,
            headings=dict(tree.headings),
            shared=tree.shared.names,
            language=language,
            spoken=spoken,
            limit=limit,
            law=law,
        )

    def tree(self) -> Nomenclature:
        """The codes with their names."""
        return Nomenclature(self.headings, SharedNames(self.shared))


class Form(NamedTuple):
    """What becomes of a classification. `type`: of the result; `kept`: how many results are kept in memory.

    `explained`: whether it has the paths and words of the classification.
    """

    make: Callable[[Classification], Any]
    type: Any
    kept: int
    explained: bool = False


def _codes(found: Classification) -> dict[str, Any] | str:
    """The `classification` of a line; for a description that cannot be classified, the reason."""
    if found.status == "unusable":
        return found.reason or ""
    return codes_found(found)  # type: ignore[return-value]  # an error only of what is unusable


#: The results by name. They may take some 60 MB of memory.
FORMS = {
    "whole": Form(lambda found: found, Classification, 8_192, explained=True),
    "codes": Form(_codes, dict[str, Any] | str, 32_768),
    "cells": Form(table_cells, TableCells, 32_768),
}


def classify_as(task: Task, tree: Nomenclature, text: str, corrections: dict[str, str] | None = None) -> Any:
    """The classification of a description in the form of a task. `tree`: that of the task."""
    form = FORMS[task.form]
    found = classifier.classify(
        text,
        tree=tree,
        law=task.law,
        language=task.language,
        limit=task.limit,
        corrections=corrections,
        explained=form.explained,
    )
    return form.make(found)


def prepare(setup: bytes) -> Callable[[bytes], bytes]:
    """From a task, what classifies blocks of descriptions."""
    task = msgspec.msgpack.decode(setup, type=Task)
    translate.use_language(task.spoken)
    tree = task.tree()
    load_arrays()
    classify_as(task, tree, "cotton shirt")  # reads the model
    blocks = msgspec.msgpack.Decoder(Sequence[str])

    def answer(question: bytes) -> bytes:
        return msgspec.msgpack.encode([classify_as(task, tree, text) for text in blocks.decode(question)])

    return answer


if __name__ == "__main__":
    serve(prepare)
