"""Documents as PDF/A-3 with their data inside, by WeasyPrint and Pango, where they are installed."""

from __future__ import annotations

from collections.abc import Sequence
from ctypes.util import find_library
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from entrepot.language.translate import _

#: The names of Pango's library on Linux and macOS, and on Windows.
PANGO = ("pango-1.0", "pango-1.0-0")
STYLE = Path(__file__).parent / "style"
#: PDF/A-3 with text that can be searched and copied (conformance level U), and files of any kind attached.
VARIANT = "pdf/a-3u"


class PdfNotAvailable(Exception):
    """WeasyPrint or Pango is not installed; the message says what to install."""


class Attached(NamedTuple):
    """A file in a PDF: its name, its content, and what it is."""

    name: str
    content: bytes
    says: str


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether WeasyPrint and Pango are installed; without loading them, which takes a second."""
    return find_spec("weasyprint") is not None and any(map(find_library, PANGO))


def weasyprint() -> Any:
    """The library. Raises PdfNotAvailable."""
    try:
        # Slow to import, and it loads Pango from the system: imported when a PDF is requested.
        import weasyprint as library  # noqa: PLC0415
    except (ImportError, OSError) as error:
        message = _("Install 'entrepot[pdf]' and Pango, or print the page from the browser. ({why})")
        raise PdfNotAvailable(message.format(why=str(error).splitlines()[0])) from None
    return library


def fetch_nothing(url: str, *_more: Any, **_named: Any) -> Any:
    """Refuse every address: rendering downloads nothing."""
    raise ValueError(f"{url} is not fetched.")


def render(html: str, attached: Sequence[Attached] = ()) -> bytes:
    """A page of documents as PDF/A-3 with files attached. Raises PdfNotAvailable."""
    library = weasyprint()
    files = [
        library.Attachment(string=each.content, name=each.name, description=each.says, relationship="Data")
        for each in attached
    ]
    styles = [library.CSS(filename=STYLE / name) for name in ("web/document.css", "document-pdf.css")]
    found: bytes = library.HTML(string=html, url_fetcher=fetch_nothing).write_pdf(
        stylesheets=styles, attachments=files, pdf_variant=VARIANT, pdf_identifier=sha256(html.encode()).digest()[:16]
    )
    return found
