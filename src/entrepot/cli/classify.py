"""The command `classify`: the codes that a description of goods may mean, and the corrections that the user keeps."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.text import Text

from entrepot import app
from entrepot.cli import classify_options, exit_codes, terminal
from entrepot.cli.classify_options import read_language, read_limit
from entrepot.cli.exit_codes import Stop
from entrepot.cli.quote import open_packs
from entrepot.cli.sale_options import country_code
from entrepot.cli.schedule import required_data_folder
from entrepot.cli.wrap import indent_lines, join_parts, pad
from entrepot.goods import corrections
from entrepot.goods.classify import Candidate, correction_key
from entrepot.goods.corrections import CorrectionError, InvalidCodeError, UnusableDescriptionError
from entrepot.goods.everyday_names import local_name_before
from entrepot.goods.shown import ClassifiedGoods, QuestionShown, shown
from entrepot.language import translate
from entrepot.language.translate import _
from entrepot.law.layers import data_folder
from entrepot.law.library import Library
from entrepot.model.codes import dotted

#: Width of the columns of probabilities and codes, in cells.
SHARE_WIDTH, CODE_WIDTH = 8, 10
#: Probability below which a code is not on the page.
LEAST = 0.005


def run(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot classify …`."""
    library = open_packs(arguments["packs"])
    if arguments["corrections"]:
        return _list_corrections(arguments)
    text = " ".join(arguments["words"])
    if not arguments["words"]:
        example = 'entrepot classify "roasted coffee beans, 500 g"'
        message = _("Give a description, for example: {example}.").format(example=example)
        raise Stop(exit_codes.USAGE, "missing", message)
    if arguments["out"] is not None:
        from entrepot.cli.classify_table import classify_table

        return classify_table(text, arguments, library)
    _check_one(text, arguments)
    if arguments["correct"] is not None and arguments["forget"]:
        message = _("{option} and {other} cannot both be given.").format(option="--correct", other="--forget")
        raise Stop(exit_codes.USAGE, "invalid", message, "--forget")
    if arguments["correct"] is not None:
        _keep(text, arguments["correct"], library)
    elif arguments["forget"]:
        return _forget(text, arguments)
    return _classify(text, arguments, library)


def _check_one(text: str, arguments: Mapping[str, Any]) -> None:
    """Raises Stop where options of a table, or the name of its file, are given without `--out`."""
    for option in classify_options.CLASSIFY:
        if option.name in classify_options.OF_TABLE and arguments[option.name]:
            message = _("{option} is for a table: name the file to write with {other}.")
            message = message.format(option=option.flags[0], other="--out")
            raise Stop(exit_codes.USAGE, "invalid", message, option.flags[0])
    if Path(text).suffix.lower() not in classify_options.TABLE_ENDS:
        return
    # `os.path` is false for a description that is too long for a name.
    if os.path.isfile(text):  # noqa: PTH113
        example = f"entrepot classify {text} --out classified.csv"
        message = _("{path} is a file. To classify the descriptions in it, write for example: {example}.")
        raise Stop(exit_codes.USAGE, "missing", message.format(path=text, example=example), "--out")
    if len(text.split()) == 1:
        raise Stop(exit_codes.USAGE, "no_file", _("File {path} does not exist.").format(path=text))


def _classify(text: str, arguments: Mapping[str, Any], library: Library) -> int:
    economy = country_code(arguments["economy"], "--to", library.world) if arguments["economy"] else None
    # The page is in the user's language; JSON is the same in every language.
    if arguments["json"]:
        translate.use_language("en")
    language = read_language(arguments["language"])
    found = shown(
        app.classify(
            text,
            to=economy,
            attributes=dict(_attribute(each) for each in arguments["attributes"]),
            language=language,
            limit=read_limit(arguments["limit"]),
            packs=library,
        )
    )
    if arguments["json"]:
        exit_codes.put_json(found)
    else:
        screen = terminal.console()
        terminal.put_lines(screen, _page(found, terminal.width_of(screen)))
    return exit_codes.REFUSED if found.status == "unusable" else exit_codes.SUCCESS


def _attribute(typed: str) -> tuple[str, str]:
    name, equals, value = typed.partition("=")
    if not equals or not name.strip() or not value.strip():
        message = _("{option} must have the form NAME=VALUE, for example {example}.").format(
            option="--attributes", example="--attributes material=cotton"
        )
        raise Stop(exit_codes.USAGE, "invalid", message, "--attributes")
    return name.strip(), value.strip()


def _page(found: ClassifiedGoods, width: int) -> list[Text]:
    parts = [indent_lines(found.query or "—", width, " ", "bold") + _status(found, width)]
    likely = [each for each in found.candidates if each.probability >= LEAST] or found.candidates[:1]
    parts += [_candidate(each, width) for each in (likely if found.status == "unsure" else likely[:1])]
    if found.status == "sure" and (others := likely[1:]):
        near = ", ".join(f"{dotted(each.hs6)} {percent(each.probability)}" for each in others)
        parts.append(indent_lines(_("Less probable: {codes}").format(codes=near), width, " ", "dim"))
    if found.question is not None:
        parts.append(_question(found.question, width))
    return join_parts(parts)


def _status(found: ClassifiedGoods, width: int) -> list[Text]:
    if found.status == "unusable":
        return indent_lines(found.message or "", width, " ")
    if found.corrected:
        return indent_lines(_("This is the code that you kept for this description."), width, " ", "dim")
    says = _("Sure enough to use.") if found.status == "sure" else _("Not sure: the goods may have any of these codes.")
    return indent_lines(says, width, " ", "dim")


def percent(share: float) -> str:
    """A probability in per cent.

    >>> percent(0.873), percent(0.002)
    ('87 %', '<1 %')
    """
    return f"{share * 100:.0f} %" if share >= LEAST else "<1 %"


def _candidate(each: Candidate, width: int) -> list[Text]:
    """A code with its probability, the path of headings to it, the words that decided, and the lines under it."""
    name = each.path[-1].name if each.path else ""
    if local := local_name_before(each.hs6, name, translate.current_language()):
        name = f"{local} · {name}"
    first = f" {pad(percent(each.probability), SHARE_WIDTH - 1, right=True)} {pad(dotted(each.hs6), CODE_WIDTH)}"
    lines = indent_lines(name or dotted(each.hs6), width, first, "", "bold")
    indent = " " * (SHARE_WIDTH + 1)
    for step in each.path[:-1]:
        lines += indent_lines(step.name, width, indent + pad(dotted(step.code), CODE_WIDTH), "dim", "dim")
    if each.because:
        words = ", ".join(each.because)
        lines += indent_lines(_("because of: {words}").format(words=words), width, indent, "dim")
    # A line that is the code itself says nothing more; of many improbable ones the first is enough.
    under = [line for line in each.lines if line.code != each.hs6]
    shown = [line for line in under if line.probability >= LEAST] or under[:1]
    for line in shown if len(under) - len(shown) > 1 else under:
        start = f"{indent}{pad(percent(line.probability), SHARE_WIDTH - 1, right=True)} {pad(dotted(line.code), 14)}"
        lines += indent_lines(line.name, width, start) if line.name else [Text(start.rstrip())]
    if (more := len(under) - len(shown)) > 1:
        lines += indent_lines(_("… and {n} more: --json shows all.").format(n=more), width, indent, "dim")
    return lines


def _question(asked: QuestionShown, width: int) -> list[Text]:
    lines = indent_lines(asked.text, width, " ", "bold")
    for each in asked.choices:
        codes = ", ".join(map(dotted, each.codes))
        lines += indent_lines(f"{each.label}: {codes}", width, "   · ")
    return lines


def _keep(text: str, typed: str, library: Library) -> None:
    """Keeps a code for a description. Raises Stop."""
    try:
        new = corrections.correction(text, typed, library.world.headings)
        corrections.keep_correction(required_data_folder(), new)
    except InvalidCodeError as error:
        said = translate.error_text(error)
        raise Stop(exit_codes.USAGE, "invalid_hs_code", error.message, "--correct", said=said) from None
    except UnusableDescriptionError as error:
        said = translate.error_text(error)
        raise Stop(exit_codes.INVALID_SALE, "unusable_description", error.message, said=said) from None
    except CorrectionError as error:
        raise _stop(error) from None
    except OSError as error:
        raise _not_written(error) from None


def _forget(text: str, arguments: Mapping[str, Any]) -> int:
    try:
        done = corrections.forget_correction(required_data_folder(), correction_key(text))
    except CorrectionError as error:
        raise _stop(error) from None
    except OSError as error:
        raise _not_written(error) from None
    if arguments["json"]:
        exit_codes.put_json({"object": "correction", "deleted": done})
    else:
        says = _("Forgotten.") if done else _("No code is kept for this description.")
        exit_codes.put_text(says + "\n")
    return exit_codes.SUCCESS if done else exit_codes.REFUSED


def _list_corrections(arguments: Mapping[str, Any]) -> int:
    try:
        kept = corrections.read_corrections(data_folder()).values()
    except CorrectionError as error:
        raise _stop(error) from None
    if arguments["json"]:
        data = [{"object": "correction", "description": each.text, "hs6": each.code} for each in kept]
        exit_codes.put_json({"object": "list", "data": data})
        return exit_codes.SUCCESS
    if not kept:
        example = 'entrepot classify "…" --correct 0901.21'
        exit_codes.put_text(_("No corrections are kept. Keep one: {example}.").format(example=example) + "\n")
        return exit_codes.SUCCESS
    screen = terminal.console()
    width = terminal.width_of(screen)
    lines = [line for each in kept for line in indent_lines(each.text, width, pad(f" {dotted(each.code)}", CODE_WIDTH))]
    terminal.put_lines(screen, lines)
    return exit_codes.SUCCESS


def _stop(error: CorrectionError) -> Stop:
    return Stop(exit_codes.NOT_WRITTEN, "corrections", error.message, said=translate.error_text(error))


def _not_written(error: OSError) -> Stop:
    message = _("{path} cannot be written: {why}.").format(path=data_folder(), why=error.strerror or error)
    return Stop(exit_codes.NOT_WRITTEN, "not_written", message, "ENTREPOT_DATA")
