"""Turn options into the parameters of a function, from which typer makes the parser and the help."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from entrepot.language.translate import _


@dataclass(frozen=True, slots=True)
class Option:
    """One option: the name of its value, its flags, its help text and the panel of the help.

    `kind`: `text`, `many` (may be repeated), `flag`, `argument` (optional), `required` (a required argument),
    `arguments` (one or more), `words` (any number) or `context` (typer's context of the command). `choices`: the words
    that shell completion offers; `("economies",)` and `("services",)` stand for those of the packs.
    """

    name: str
    flags: tuple[str, ...]
    help: str
    panel: str = ""
    metavar: str = "TEXT"
    kind: str = "text"
    choices: tuple[str, ...] = ()


def with_options(run: Callable[[dict[str, Any]], int], options: Iterable[Option]) -> Callable[..., int]:
    """A function with the options as its parameters, for typer; it calls `run` with the values by their names."""

    def call(**arguments: Any) -> int:
        return run(arguments)

    parameters = [_parameter(option) for option in options]
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads it
    call.__annotations__ = {each.name: each.annotation for each in parameters}
    return call


def _parameter(option: Option) -> inspect.Parameter:
    """An option as a parameter of a function, its texts in the current language."""
    if option.kind == "context":
        return inspect.Parameter(option.name, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    settings: dict[str, Any] = {"help": _(option.help), "show_default": False}
    if option.panel:
        settings["rich_help_panel"] = _(option.panel)
    if option.kind != "flag":
        settings["metavar"] = option.metavar
    if option.choices:
        settings["autocompletion"] = _completer(option.choices)
    type_: Any = {
        "flag": bool,
        "many": list[str],
        "arguments": list[str],
        "words": list[str],
        "required": str,
    }.get(option.kind, str | None)
    default: Any = {
        "flag": False,
        "many": [],
        "words": [],
        "required": inspect.Parameter.empty,
        "arguments": inspect.Parameter.empty,
    }.get(option.kind)
    if option.kind in ("argument", "arguments", "words", "required"):
        info: Any = typer.Argument(**settings)
    else:
        info = typer.Option(*option.flags, **settings)
    return inspect.Parameter(
        option.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=Annotated[type_, info]
    )


def _completer(choices: tuple[str, ...]) -> Callable[[typer.Context, str], list[tuple[str, str]]]:
    def complete(ctx: typer.Context, incomplete: str) -> list[tuple[str, str]]:
        titles: Mapping[str, str] = dict.fromkeys(choices, "")
        if choices in (("economies",), ("services",)):
            from entrepot.app import library
            from entrepot.law.library import Library

            packs = ctx.params.get("packs")
            world = (Library(Path(packs)) if packs else library()).world
            economies = {code: entry[0] for code, entry in world.economies.items()}
            titles = economies if choices == ("economies",) else world.services
        return [(word, title) for word, title in titles.items() if word.lower().startswith(incomplete.lower())]

    return complete
