"""Every text that the catalogues must have; as a program it updates the catalogues.

python tests/cli/texts.py          adds what is new and takes out what is gone
"""

from __future__ import annotations

import ast
import csv
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from entrepot import cli
from entrepot.connect.customs.cn import faults
from entrepot.engine.rules import wording
from entrepot.engine.rules.reasons import SENTENCES
from entrepot.language import catalogue
from entrepot.model import codes, json
from entrepot.model.errors import SUGGESTION
from entrepot.trade import offer_form, reasons
from entrepot.trade.audit import problems
from entrepot.trade.delivery import grants
from entrepot.trade.health.consent_text import TEXTS
from entrepot.trade.health.notes import LABELS
from entrepot.trade.match.rules import RULES
from entrepot.trade.nodes.accepting import REJECTIONS

HEAD = """# Entrepot on the terminal: {name}
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""
SOURCE = Path(cli.__file__).parents[1]
PACKS = Path(__file__).parents[2] / "packs"
#: Faults that are told in the user's language, and which of their arguments is the template.
WORDED = {
    "SaleError": 1,
    "TradeError": 1,
    "NotAllowed": 1,
    "LawError": 0,
    "CorrectionError": 0,
    "InvalidCodeError": 0,
    "RateError": 0,
    "DecimalError": 0,
    "DateError": 0,
    "ConfigurationError": 0,
    "TableTooLarge": 0,
    "WordedTableError": 0,
    "TableNotFound": 0,
    "OutputExists": 0,
}
#: Functions whose constant arguments are translated.
TRANSLATED = ("_", "N_", "plural")
#: Templates without own words.
WHOLE = ("{text}", "{why}", "{why} {hint}")


@cache
def calls() -> list[tuple[Path, ast.Call]]:
    """The calls that translate a text or word a fault, with their file. All modules are parsed once."""
    return [
        (file, node)
        for file in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Call) and _name(node.func) in (*TRANSLATED, *WORDED)
    ]


@cache
def needed() -> dict[str, tuple[str, ...]]:
    """Each text, with its plural where it has one."""
    found: dict[str, tuple[str, ...]] = {}
    for _file, node in calls():
        if _name(node.func) in TRANSLATED:
            texts = tuple(str(each.value) for each in node.args if isinstance(each, ast.Constant))
            if texts:
                found.setdefault(texts[0], texts)
    for file in sorted([*SOURCE.glob("web/templates/**/*.html"), *SOURCE.glob("sandbox/**/*.html")]):
        for text in re.findall(r'"([^"]+)"\|say', file.read_text("utf-8")):
            found.setdefault(text, (text,))
    fixed = [*SENTENCES.values(), wording.PROOF, wording.DIRECT, wording.MANDATORY, *wording.FITS.values(), SUGGESTION]
    fixed += [wording.BELOW, wording.ABOVE, wording.WITHIN, wording.BEYOND, wording.OTHER_LINE, *wording.ENDS.values()]
    fixed += [*wording.ENDS_OF_MEASURE.values(), *codes.HINTS.values()]
    fixed += [*reasons.SENTENCES.values(), *(rule.says for rule in RULES), *faults.SENTENCES.values()]
    fixed += [*REJECTIONS.values(), *json.HINTS.values()]
    fixed += [*problems.SENTENCES.values(), *grants.SENTENCES.values()]
    fixed += [wrong for _, wrong in offer_form.FORMS.values()]
    fixed += [*LABELS.values(), *(sentence for each in TEXTS.values() for sentence in each.sentences)]
    fixed += [template for _, template in templates() if template is not None]
    return found | {text: (text,) for text in fixed if text not in WHOLE}


@cache
def templates() -> tuple[tuple[str, str | None], ...]:
    """Where a fault is worded, and its template; None where that is no text that stands there."""
    return tuple(_templates())


def _templates() -> Iterator[tuple[str, str | None]]:
    for file, node in calls():
        if (place := WORDED.get(_name(node.func))) is not None:
            text = node.args[place] if len(node.args) > place else None
            if isinstance(text, ast.Subscript) or (isinstance(text, ast.Attribute) and text.attr == "text"):
                continue  # a stored error, created again with its template
            template = text.value if isinstance(text, ast.Constant) else None
            yield f"{file.name}:{node.lineno}", template if isinstance(template, str) else None


def pack_texts() -> set[str]:
    """Every text of the packs, each of which may have a translation in the catalogues."""
    found: set[str] = set()
    for file in PACKS.rglob("*.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            found.update(cell for row in csv.reader(stream) for cell in row)
    left: list[object] = [tomllib.loads(file.read_text("utf-8")) for file in PACKS.rglob("*.toml")]
    while left:
        value = left.pop()
        if isinstance(value, str):
            found.add(value)
        elif isinstance(value, dict | list):
            left.extend(value.values() if isinstance(value, dict) else value)
    return found


def _name(called: ast.expr) -> str:
    return called.id if isinstance(called, ast.Name) else called.attr if isinstance(called, ast.Attribute) else ""


def update(language: str) -> None:
    """Brings one catalogue up to date."""
    file = SOURCE / "language" / "locale" / language / "LC_MESSAGES" / "entrepot.po"
    old = read_po(file.open("rb"), locale=language) if file.is_file() else Catalog(locale=language)
    new = Catalog(locale=language, project="Entrepot", charset="utf-8", fuzzy=False)
    for texts in needed().values():
        said = old.get(texts[0])
        string = said.string if said else ""
        if len(texts) > 1:
            string = (string,) if isinstance(string, str) else string
        new.add(texts if len(texts) > 1 else texts[0], string=string)
    of_packs = pack_texts()
    for message in old:
        if message.id in of_packs and message.id not in new:
            new.add(message.id, string=message.string)
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        stream.write(HEAD.format(name=catalogue.LANGUAGES[language], language=language).encode())
        write_po(stream, new, width=0, omit_header=True, no_location=True)


if __name__ == "__main__":
    for name in catalogue.LANGUAGES:
        if name != "en":
            update(name)
