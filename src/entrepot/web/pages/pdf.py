"""Render a page as a PDF with WeasyPrint and Pango, where they are installed. Rendering downloads nothing."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template.loader import render_to_string

from entrepot.connect.documents.pdf import PdfNotAvailable, available, fetch_nothing, weasyprint

__all__ = ["PdfNotAvailable", "available", "render_pdf"]


def render_pdf(request: HttpRequest, template: str, shown: dict[str, Any]) -> bytes:
    """A page as a PDF. Raises PdfNotAvailable."""
    library, styles = weasyprint(), _styles()
    text = render_to_string(template, shown, request)
    body: bytes = library.HTML(string=text, url_fetcher=fetch_nothing).write_pdf(stylesheets=styles)
    return body


@lru_cache(maxsize=1)
def _styles() -> list[Any]:
    names = ("web/pages.css", "web/paper.css")
    paths = [path for name in names if (path := finders.find(name)) is not None]
    return [weasyprint().CSS(filename=path) for path in paths]
