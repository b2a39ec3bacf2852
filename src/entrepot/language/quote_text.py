"""The JSON of a quote in the reader's language: its sentences and names. Figures, codes and ids stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from entrepot.language import remarks, translate
from entrepot.language.law_text import name_of
from entrepot.language.translate import LABELS, label, pack_text
from entrepot.law.compiled import Law, World
from entrepot.model.quote import Condition, Reason

#: The parts of an assessment that are reasons.
REASONS = ("reasons", "assumptions")


def translate_quote(quote: Mapping[str, Any], law: Law, world: World) -> dict[str, Any]:
    """A decoded quote with its texts in the reader's language; what has no translation stays English.

    `law`: the law that the quote was assessed under, which may have its own translations.
    """
    translate.use_law(law)
    said = {name: _each(_reason, parts) for name, parts in quote["assessment"].items() if name in REASONS}
    assessment = {**quote["assessment"], **said}
    sources = {name: _texts(source, "title", "authority") for name, source in quote["law"]["sources"].items()}
    return {
        **quote,
        "assessment": assessment,
        "law": {**quote["law"], "sources": sources},
        "options": [_option(each, law, world) for each in quote["options"]],
    }


def _option(option: Mapping[str, Any], law: Law, world: World) -> dict[str, Any]:
    regime = option["regime"]
    changed = {
        "title": pack_text(option["title"]),
        "conditions": [_condition_of_procedure(each, regime, law) for each in option.get("conditions", ())],
        "candidates": [{**each, "label": label(each["label"])} for each in option.get("candidates", ())],
        "charges": [_texts(each, "name") for each in option.get("charges", ())],
        "lines": [_line(each, law, world) for each in option.get("lines", ())],
        "requirements": [_texts(each, "says", "authority") for each in option.get("requirements", ())],
        "warnings": _each(_reason, option.get("warnings", ())),
    }
    # A part that the option does not have does not apply to it.
    return {**option, **{name: value for name, value in changed.items() if name in option}}


def _line(line: Mapping[str, Any], law: Law, world: World) -> dict[str, Any]:
    named = {"name": name_of(law, world, line["code"]) or line["name"]} if line.get("name") else {}
    treatment = _treatment(line["treatment"]) if line.get("treatment") else line.get("treatment")
    others = {"treatments": _each(_treatment, line["treatments"])} if "treatments" in line else {}
    return {**line, **named, "treatment": treatment, **others}


def _treatment(treatment: Mapping[str, Any]) -> dict[str, Any]:
    title = treatment["title"]
    changed = {**treatment, "title": pack_text(LABELS.get(title, title))}
    if "conditions" in treatment:
        changed["conditions"] = [_texts(each, "says") for each in treatment["conditions"]]
    return changed


def _condition_of_procedure(condition: Mapping[str, Any], regime: str, law: Law) -> dict[str, Any]:
    return {**condition, "says": remarks.condition(msgspec.convert(condition, Condition), regime, law)}


def _reason(reason: Mapping[str, Any]) -> dict[str, Any]:
    return {**reason, "message": translate.reason(msgspec.convert(reason, Reason))}


def _texts(part: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """A part with some of its texts translated."""
    return {**part, **{name: pack_text(part[name]) for name in names if part.get(name)}}


def _each(change: Callable[[Mapping[str, Any]], dict[str, Any]], parts: Any) -> list[dict[str, Any]]:
    return [change(each) for each in parts]
