"""The command `agreements`: what is in force between two economies, what it opens, and what it does not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.text import Text

from entrepot import app
from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import open_packs, read_day, today
from entrepot.cli.sale_options import country_code
from entrepot.cli.symbols import COLOURS
from entrepot.cli.wrap import indent_lines, join_parts
from entrepot.cooperation import words
from entrepot.cooperation.answer import AgreementCapability, AgreementInForce, AgreementNotInForce, AgreementsBetween
from entrepot.language import translate
from entrepot.language.translate import _, label


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot agreements …`."""
    given = list(arguments["economies"])
    if len(given) != 2:
        raise Stop(exit_codes.USAGE, "missing", _("Give two economies, for example: entrepot agreements VN CN."))
    library, on = open_packs(arguments["packs"]), read_day(arguments["on"], "--on") or today()
    economy, partner = (country_code(text, "COUNTRY", library.world) for text in given)
    answer = app.agreements(economy, partner, on=on, packs=library)
    if arguments["json"]:
        exit_codes.put_json(answer)
        return exit_codes.SUCCESS
    screen = terminal.console()
    terminal.put_lines(screen, _page(answer, terminal.width_of(screen)))
    return exit_codes.SUCCESS


def _page(answer: AgreementsBetween, width: int) -> list[Text]:
    head = indent_lines(words.places((answer.economy, answer.partner)), width, " ", "bold")
    head += indent_lines(_("agreements on {day}").format(day=translate.day(answer.date)), width, " ", "dim")
    for remark in answer.says:
        head += indent_lines(remark, width, " ")
    parts = [head, _titled(_("What two nodes may open"), [_capability(each, width) for each in answer.capabilities])]
    if answer.in_force:
        parts.append(_titled(_("In force"), [_agreement(each, width) for each in answer.in_force]))
    if answer.not_in_force:
        parts.append(_titled(_("Not in force between the two"), [_other(each, width) for each in answer.not_in_force]))
    return join_parts(parts)


def _titled(title: str, blocks: list[list[Text]]) -> list[Text]:
    return [Text(f" {title}", style="bold cyan"), *(line for block in blocks for line in block)]


def _capability(each: AgreementCapability, width: int) -> list[Text]:
    state = label(each.state)
    lines = indent_lines(f"{each.title}: {state}", width, "   ")
    if len(lines) == 1:
        lines[0].stylize("bold", len(lines[0]) - len(state))
    for sentence in each.says:
        lines += indent_lines(sentence, width, "     ")
    if each.articles:
        cited = ", ".join(dict.fromkeys(f"{one.agreement} {one.article}".strip() for one in each.articles))
        lines += indent_lines(f"{label(each.trust or '')} · {cited}", width, "     ", "dim")
    return lines


def _agreement(each: AgreementInForce, width: int) -> list[Text]:
    lines = indent_lines(f"{each.title} ({_(words.KINDS[each.kind])})", width, "   ", "bold")
    for party in each.parties:
        since = _("since {since}").format(since=translate.day(party.since))
        text = f"{translate.place(party.economy)} {since} · {label(party.trust)} · {party.row}"
        lines += _trusted(text, party.trust, width)
    for article in each.articles:
        number = f"{article.article} " if article.article else ""
        lines += indent_lines(f"{number}{article.name}: {article.says}", width, "     ")
        lines += _trusted(f"{label(article.trust)} · {article.row}", article.trust, width, "       ")
    return lines


def _other(each: AgreementNotInForce, width: int) -> list[Text]:
    lines = indent_lines(f"{each.title}: {each.says}", width, "   ")
    return lines + _trusted(f"{label(each.trust)} · {each.row}", each.trust, width)


def _trusted(text: str, trust: str, width: int, indent: str = "     ") -> list[Text]:
    lines = indent_lines(text, width, indent, "dim")
    lines[0].highlight_words([label(trust)], style=COLOURS[trust])
    return lines
