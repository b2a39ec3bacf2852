"""The pictures of offers: files that never change, which no browser takes for anything but a picture."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from entrepot.trade_app.pictures import read_picture


@require_safe
def show(request: HttpRequest, name: str) -> HttpResponse:
    """A picture by its hash and size. Its content is that of its address, so it may be kept for ever."""
    content = read_picture(name)
    if content is None:
        raise Http404
    response = HttpResponse(content, content_type="image/webp")
    response["Cache-Control"] = "public, max-age=31536000, immutable"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    return response
