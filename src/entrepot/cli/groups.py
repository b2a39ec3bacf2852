"""Commands and groups of commands as typer has them, with the words of their help in the reader's language."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from entrepot.language.translate import _


class Command(TyperCommand):
    """A command whose `--help` is described in the current language."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option --help."""
        return _described(super().get_help_option(ctx))


class Group(TyperGroup):
    """A group of commands whose `--help` is described in the current language."""

    def get_help_option(self, ctx: Any) -> Any:
        """The option --help."""
        return _described(super().get_help_option(ctx))


class Commands(typer.Typer):
    """A group that is being put together; its commands are under one title unless they have another."""

    def command(self, name: str | None = None, **more: Any) -> Any:
        """Adds a command, as typer does."""
        return super().command(name, **{"cls": Command, "rich_help_panel": _("Commands"), **more})


def _described(option: Any) -> Any:
    if option is not None:
        option.help, option.rich_help_panel = _("Show this message and exit."), _("Options")
    return option
