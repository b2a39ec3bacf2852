"""Pictures of the shop as they are: its tests have none."""

from __future__ import annotations

from typing import Any

from oscar.core.thumbnails import AbstractThumbnailer


class NoThumbnails(AbstractThumbnailer):
    """Returns the picture itself."""

    def generate_thumbnail(self, source: Any, **_options: Any) -> Any:
        """The picture."""
        return type("Picture", (), {"url": f"/media/{source}", "width": 1, "height": 1})

    def delete_thumbnails(self, source: Any) -> None:
        """There are none."""
