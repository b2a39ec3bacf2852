"""`fields=`: the parts of a quote that a caller asks for, as paths such as `options.amount_landed`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, get_args, get_origin

import msgspec

from entrepot.model.errors import FieldError, nearest

#: The parts below a name that are wanted; a name without parts is wanted with everything in it.
Paths = Mapping[str, Any]

EVERYTHING: Paths = {"*": {}}
#: Characters of a list of paths; a list of all paths is shorter.
MAX_LENGTH = 4_000
#: Fields of a quote that are always given, also those of a stored one. Of its parts, the `id` is always given.
_HEAD = ("object", "id", "hash", "created", "expires_at")


def read_fields(fields: str | Iterable[str], form: type[msgspec.Struct]) -> Paths:
    """The paths of a text or a list of texts. Raises FieldError for one that `form` does not have.

    >>> from entrepot.model.quote import QuoteDocument
    >>> read_fields("best, options.amount_landed,options.title", QuoteDocument)
    {'best': {}, 'options': {'amount_landed': {}, 'title': {}}}
    >>> read_fields("optionz", QuoteDocument)
    Traceback (most recent call last):
    entrepot.model.errors.FieldError: "optionz" is not a part of a quote. Did you mean "options"?
    """
    texts = fields.split(",") if isinstance(fields, str) else list(fields)
    if sum(map(len, texts)) > MAX_LENGTH:
        raise FieldError("The list of fields is too long: at most {n} characters.", n=MAX_LENGTH)
    known = _paths_of(form)
    found: dict[str, Any] = {}
    whole: list[tuple[str, ...]] = []
    for text in texts:
        path = text.strip()
        if path != "*" and path not in known:
            raise FieldError("{path!r} is not a part of a quote.", nearest(path[:80], known), path=path[:80])
        steps = tuple(path.split("."))
        whole.append(steps)
        at = found
        for step in steps:
            at = at.setdefault(step, {})
    for steps in whole:  # a part that is wanted as a whole is not narrowed by a path below it
        at = found
        for step in steps[:-1]:
            at = at.get(step, {})
        if steps[-1] in at:
            at[steps[-1]] = {}
    return EVERYTHING if "*" in found else found


@lru_cache(maxsize=4)
def _paths_of(form: type[msgspec.Struct]) -> tuple[str, ...]:
    return tuple(_below(form, ""))


def _below(form: Any, path: str) -> Iterator[str]:
    for each in msgspec.structs.fields(form):
        here = f"{path}{each.encode_name}"
        yield here
        if (inner := _struct_in(each.type)) is not None:
            yield from _below(inner, f"{here}.")


def _struct_in(form: Any) -> Any:
    """The struct that a field holds, or a list of; None for other fields. A mapping is given as a whole."""
    if isinstance(form, type) and issubclass(form, msgspec.Struct):
        return form
    if get_origin(form) is dict:
        return None
    return next((inner for part in get_args(form) if (inner := _struct_in(part)) is not None), None)


def select(quote: dict[str, Any], paths: Paths) -> dict[str, Any]:
    """The parts of a quote at some paths. Of the rows and sources of law, those that these parts cite, if any do.

    >>> select({"object": "quote", "currency": "CNY", "options": [{"id": "a", "title": "A"}]}, {"options": {"id": {}}})
    {'object': 'quote', 'options': [{'id': 'a'}]}
    """
    if paths == EVERYTHING:
        return quote
    found: dict[str, Any] = _select(quote, {**{name: {} for name in _HEAD}, **paths})
    law = found.get("law", {})
    cited = set(_citations(found.get("options", [])))
    if cited and "rows" in law:
        law["rows"] = {name: row for name, row in law["rows"].items() if name in cited}
    if cited and "sources" in law:
        rows = quote["law"]["rows"]
        used = {name for row in cited for name in rows[row]["sources"]}
        law["sources"] = {name: source for name, source in law["sources"].items() if name in used}
    return found


def _select(value: Any, paths: Paths) -> Any:
    if not paths or value is None:
        return dict(value) if isinstance(value, dict) else value
    if isinstance(value, list | tuple):
        return [_select(each, paths) for each in value]
    return {name: _select(each, paths.get(name, {})) for name, each in value.items() if name in paths or name == "id"}


def _citations(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value.get("citations", ())
        for each in value.values():
            if isinstance(each, dict | list | tuple):
                yield from _citations(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _citations(each)
