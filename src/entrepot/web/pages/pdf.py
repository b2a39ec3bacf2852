"""printing: a page as a PDF, by WeasyPrint and Pango where they are installed. Nothing is fetched for it."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template.loader import render_to_string

from entrepot.language.translate import _


class Lacking(Exception):
    """What makes PDFs is not installed; the sentence says what to install."""


def pdf(request: HttpRequest, template: str, shown: dict[str, Any]) -> bytes:
    """A page as a PDF. Raises Lacking."""
    html, styles = _printer()
    text = render_to_string(template, shown, request)
    body: bytes = html(string=text, url_fetcher=_nothing).write_pdf(stylesheets=styles)
    return body


@lru_cache(maxsize=1)
def _printer() -> tuple[Any, list[Any]]:
    try:
        # Heavy, and loads Pango from the system: only where somebody prints.
        from weasyprint import CSS, HTML  # noqa: PLC0415
    except (ImportError, OSError) as error:
        message = _("Install 'entrepot[pdf]' and Pango, or print the page from the browser. ({why})")
        raise Lacking(message.format(why=str(error).splitlines()[0])) from None
    names = ("web/pages.css", "web/paper.css")
    found = [path for name in names if (path := finders.find(name)) is not None]
    return HTML, [CSS(filename=path) for path in found]


def _nothing(url: str, *_more: Any, **_named: Any) -> Any:
    raise ValueError(f"{url} is not fetched.")
