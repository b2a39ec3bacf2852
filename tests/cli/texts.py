"""Every text that the catalogues must hold; run as a program it brings the catalogues up to date.

    python tests/cli/texts.py          adds what is new, marks what is gone
"""

from __future__ import annotations

import ast
import io
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from entrepot import cli, locale, tell
from entrepot.say import SENTENCES

SOURCE = Path(cli.__file__).parents[1]
KEYWORDS = {"_": None, "N_": None, "plural": (2, 3)}


def needed() -> dict[str, tuple[str, ...]]:
    """Each text, with its plural where it has one."""
    found: dict[str, tuple[str, ...]] = {}
    for file in sorted((SOURCE / "cli").glob("*.py")):
        for _line, text, _comments, _context in extract("python", io.BytesIO(file.read_bytes()), KEYWORDS):
            texts = (text,) if isinstance(text, str) else tuple(text)
            found[texts[0]] = texts
    fixed = [*SENTENCES.values(), tell.PROOF, tell.DIRECT, tell.MANDATORY, *tell.FITS.values()]
    found |= {text: (text,) for text in fixed if text != "{text}"}
    return found


def help_of_root() -> list[str]:
    """The help texts that typer reads from the signature, and that are therefore not translated."""
    tree = ast.parse((SOURCE / "cli" / "commands.py").read_text("utf-8"))
    return [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def update(language: str) -> None:
    """Brings one catalogue up to date."""
    file = SOURCE / "locale" / language / "LC_MESSAGES" / "entrepot.po"
    old = read_po(file.open("rb"), locale=language) if file.is_file() else Catalog(locale=language)
    new = Catalog(locale=language, project="Entrepot", charset="utf-8", fuzzy=False)
    for texts in needed().values():
        said = old.get(texts[0])
        string = said.string if said else ""
        if len(texts) > 1:
            string = (string,) if isinstance(string, str) else string
        new.add(texts if len(texts) > 1 else texts[0], string=string)
    for said in old:
        if said.id and said.id not in new and said.user_comments == ["pack"]:
            new.add(said.id, string=said.string, user_comments=["pack"])
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as stream:
        write_po(stream, new, width=0, omit_header=False, no_location=True)


if __name__ == "__main__":
    for name in locale.LANGUAGES:
        if name != "en":
            update(name)
