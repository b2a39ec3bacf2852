"""The texts of the plugin and its catalogues: `python tests/texts.py` writes the catalogues anew, in its folder.

A new text has no translation until somebody writes it into the catalogue and runs this again. Needs Babel.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

SOURCE = Path(__file__).parents[1] / "src" / "entrepot_oscar"
#: The folders of the languages beside English, as Django names them. Chinese has the names of Django and of Oscar.
LOCALES = {"zh_Hans": "zh", "zh_CN": "zh", "vi": "vi", "th": "th", "km": "km"}
KEYWORDS = {"gettext": None, "gettext_lazy": None, "_": None}
#: The date of the catalogues: the same texts give the same bytes.
DAY = dt.datetime(2026, 11, 26, tzinfo=dt.UTC)
HEAD = "# Texts of entrepot-oscar. Translated by machine and not reviewed by a speaker.\n"


def texts() -> dict[str, str]:
    """The texts of the code and of the templates, and the file of each."""
    found: dict[str, str] = {}
    for path in sorted([*SOURCE.rglob("*.py"), *SOURCE.rglob("*.html")]):
        content = path.read_text("utf-8")
        if path.suffix == ".html":
            content = templatize(content)
        for _line, message, _comments, _context in extract("python", io.BytesIO(content.encode()), KEYWORDS):
            found.setdefault(str(message), path.relative_to(SOURCE).as_posix())
    return found


def file_of(locale: str, ending: str) -> Path:
    """The catalogue of a language: `po` to write, `mo` as Django reads it."""
    return SOURCE / "locale" / locale / "LC_MESSAGES" / f"django.{ending}"


def read(locale: str) -> dict[str, str]:
    """The translations of a language."""
    path = file_of(locale, "po")
    if not path.exists():
        return {}
    with path.open("rb") as stream:
        return {str(each.id): str(each.string) for each in read_po(stream, locale=locale) if each.id}


def catalogue(locale: str, said: dict[str, str]) -> Catalog:
    """A catalogue with these translations of all texts."""
    made = Catalog(locale=locale, fuzzy=False, charset="utf-8", creation_date=DAY, revision_date=DAY)
    for message, file in sorted(texts().items()):
        flags = ("python-format",) if "%(" in message else ()
        made.add(message, said.get(message, ""), locations=[(file, None)], flags=flags)
    return made


def compiled(locale: str) -> bytes:
    """The catalogue as Django reads it."""
    stream = io.BytesIO()
    write_mo(stream, catalogue(locale, read(locale)))
    return stream.getvalue()


def main() -> None:
    """Write the catalogues, with translations from a file if one is named: {text: {language: translation}}."""
    given = json.loads(Path(sys.argv[1]).read_text("utf-8")) if len(sys.argv) > 1 else {}
    for locale, language in LOCALES.items():
        said = read(locale) | {text: each[language] for text, each in given.items() if language in each}
        path = file_of(locale, "po")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as stream:
            stream.write(HEAD.encode())
            write_po(stream, catalogue(locale, said), width=0, omit_header=True)
        file_of(locale, "mo").write_bytes(compiled(locale))
        missing = [text for text in texts() if not said.get(text)]
        print(locale, "without translation:", len(missing), *(f"\n  {each}" for each in missing[:5]))


if __name__ == "__main__":
    main()
