"""Pictures of offers: read with bounds, decoded, and written again as WebP in two sizes, without metadata.

What is stored is never what was uploaded: only the pixels are kept. So nothing of a file that is a picture and a script
remains of the script, and the place where a photograph was taken is not published. A picture is a file of the data
folder, named by the hash of its larger size, and part of a backup.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import tempfile
import warnings
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from entrepot import configuration
from entrepot.model.errors import TradeError
from entrepot.trade.offers import Picture

if TYPE_CHECKING:
    from PIL.Image import Image

#: Bytes of an upload, and pixels of a picture, at most: both are known before anything is decoded.
MAX_BYTES, MAX_PIXELS = 8_000_000, 24_000_000
#: The formats that are read. Others, SVG among them, are programs more than pictures, or rare.
FORMATS = ("JPEG", "PNG", "WEBP")
#: The longest side of each size, in pixels.
SIZES = {"large": 1280, "small": 400}
QUALITY = 80
_NAME = re.compile(r"([0-9a-f]{64})-(large|small)\.webp\Z")
#: One picture is decoded at a time in a process: a decoded one needs up to 100 MB.
_decoding = Lock()


def store_picture(content: bytes) -> Picture:
    """Store a picture that was uploaded. Raises TradeError where it is none, or too large."""
    if len(content) > MAX_BYTES:
        raise TradeError(
            "picture_too_large", "The picture is larger than {most} MB. Make it smaller.", "picture",
            most=MAX_BYTES // 10**6,
        )  # fmt: skip
    with _decoding:
        sizes, width, height = _encode(content)
    number = hashlib.sha256(sizes["large"]).hexdigest()
    for size, data in sizes.items():
        _write(_path(number, size), data)
    return Picture(number, width, height)


def read_picture(name: str) -> bytes | None:
    """A stored picture by its name in addresses, `<hash>-<size>.webp`; None if there is none."""
    found = _NAME.match(name)
    if found is None:
        return None
    try:
        return _path(found[1], found[2]).read_bytes()
    except FileNotFoundError:
        return None


def delete_picture(number: str) -> None:
    """Delete both sizes of a picture that no offer shows any more."""
    for size in SIZES:
        _path(number, size).unlink(missing_ok=True)


def _encode(content: bytes) -> tuple[dict[str, bytes], int, int]:
    """The sizes of a picture as WebP, and the width and height of the larger one."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    unreadable = TradeError(
        "picture_unreadable", "The file is not a picture that can be read. Use JPEG, PNG or WebP.", "picture"
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
                _check_size(*opened.size)
                if opened.format == "JPEG":  # decoded at half or a quarter of its size, where that is enough
                    opened.draft("RGB", (SIZES["large"], SIZES["large"]))
                plain = _on_white(ImageOps.exif_transpose(opened))
    except TradeError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, IndexError):
        raise unreadable from None
    found = {}
    width, height = plain.size
    for size, longest in SIZES.items():
        plain.thumbnail((longest, longest))
        if size == "large":
            width, height = plain.size
        stream = io.BytesIO()
        plain.save(stream, "WEBP", quality=QUALITY, method=4, exif=b"", icc_profile=b"", xmp=b"")
        found[size] = stream.getvalue()
    return found, width, height


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise _too_many_pixels()
    if min(width, height) < 40 or max(width, height) > 25 * min(width, height):
        raise TradeError(
            "picture_too_small",
            "The picture has {width} × {height} pixels. Each side needs 40 or more, and the longer one at most 25 "
            "times the shorter one.",
            "picture",
            width=width,
            height=height,
        )


def _too_many_pixels() -> TradeError:
    return TradeError(
        "picture_too_large",
        "The picture has more than {most} million pixels. Make it smaller.",
        "picture",
        most=MAX_PIXELS // 10**6,
    )


def _on_white(picture: Image) -> Image:
    """The pixels in three colours; what is transparent becomes white."""
    from PIL import Image

    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        with_alpha = picture.convert("RGBA")
        ground = Image.new("RGBA", with_alpha.size, "white")
        ground.alpha_composite(with_alpha)
        return ground.convert("RGB")
    return picture.convert("RGB")


def _path(number: str, size: str) -> Path:
    folder = configuration.server_data_folder(os.environ) / "pictures" / number[:2]
    return folder / f"{number}-{size}.webp"


def _write(path: Path, data: bytes) -> None:
    """Write a file at once: a reader sees all of it or nothing. It is on the disk before the ledger names it."""
    if path.exists():
        return
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".new-", delete=False) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
