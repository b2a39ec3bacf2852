"""Render a page as a PDF with WeasyPrint and Pango, where they are installed. Rendering downloads nothing."""

from __future__ import annotations

from ctypes.util import find_library
from functools import lru_cache
from importlib.util import find_spec
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template.loader import render_to_string

from entrepot.language.translate import _

#: The names of Pango's library on Linux and macOS, and on Windows.
PANGO = ("pango-1.0", "pango-1.0-0")


class PdfNotAvailable(Exception):
    """WeasyPrint or Pango is not installed; the message says what to install."""


def render_pdf(request: HttpRequest, template: str, shown: dict[str, Any]) -> bytes:
    """A page as a PDF. Raises PdfNotAvailable."""
    html, styles = _weasyprint()
    text = render_to_string(template, shown, request)
    body: bytes = html(string=text, url_fetcher=_fetch_nothing).write_pdf(stylesheets=styles)
    return body


@lru_cache(maxsize=1)
def available() -> bool:
    """Whether WeasyPrint and Pango are installed; without loading them, which takes a second."""
    return find_spec("weasyprint") is not None and any(map(find_library, PANGO))


@lru_cache(maxsize=1)
def _weasyprint() -> tuple[Any, list[Any]]:
    try:
        # Slow to import, and it loads Pango from the system: imported when a PDF is requested.
        from weasyprint import CSS, HTML  # noqa: PLC0415
    except (ImportError, OSError) as error:
        message = _("Install 'entrepot[pdf]' and Pango, or print the page from the browser. ({why})")
        raise PdfNotAvailable(message.format(why=str(error).splitlines()[0])) from None
    names = ("web/pages.css", "web/paper.css")
    paths = [path for name in names if (path := finders.find(name)) is not None]
    return HTML, [CSS(filename=path) for path in paths]


def _fetch_nothing(url: str, *_more: Any, **_named: Any) -> Any:
    raise ValueError(f"{url} is not fetched.")
