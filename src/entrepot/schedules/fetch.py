"""Download the authority's own file of a schedule from the address in the pack, over HTTPS."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import re
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Sequence
from email.message import Message
from pathlib import Path
from typing import IO

import msgspec

from entrepot.law.read import Pack
from entrepot.model.errors import ScheduleError, in_quotes

AGENT = "entrepot (schedules of customs duties)"
#: The maximum size in bytes; the maximum time without data and for the whole download, in seconds.
MAX_BYTES = 256 * 1024 * 1024
TIMEOUT, MAX_SECONDS = 60.0, 900.0
CHUNK_SIZE = 1 << 16
MAX_REDIRECTS = 5
#: The beginning of a file -> its extension; a file that begins in another way is CSV.
EXTENSIONS = {
    b"<?xml": "xml",
    b"<": "html",
    b"%PDF": "pdf",
    b"{": "json",
    b"[": "json",
    b"PK\x03\x04": "xlsx",
    b"\xd0\xcf\x11\xe0": "xls",
    b"\x1f\x8b": "csv.gz",
}
#: Hosts on this machine, for which plain HTTP is allowed.
LOCAL_HOSTS = ("127.0.0.1", "localhost", "::1")


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """A downloaded file: its path, address, size and hash, and when it was last changed."""

    path: Path
    address: str
    size: int
    sha256: str
    changed: str | None


def templates_of(pack: Pack) -> list[str]:
    """The addresses of the schedule's data in a pack; `{code}` in one means that each code has its own file."""
    return [source.file for source in pack.sources.values() if source.file]


def addresses(templates: Sequence[str], codes: Sequence[str]) -> dict[str, str]:
    """The addresses of codes, by code; the address of the whole schedule under '' if there are no codes.

    Raises ScheduleError if codes are required and missing, if there is only the whole, or if they are not codes.

    >>> both = ["https://tariff.example/{code}", "https://tariff.example/all.csv"]
    >>> addresses(both, ["0702.00.00.07"])
    {'0702000007': 'https://tariff.example/0702000007'}
    >>> addresses(both, [])
    {'': 'https://tariff.example/all.csv'}
    """
    whole = [template for template in templates if "{code}" not in template]
    single = [template for template in templates if "{code}" in template]
    if not codes and whole:
        return {"": whole[0]}
    if not codes:
        raise ScheduleError("This schedule has a file for each line; name the codes of the goods.", "CODE")
    if not single:
        raise ScheduleError("This schedule comes as a whole; name no codes.", "CODE")
    plain = [re.sub(r"[.\s-]", "", code) for code in codes]
    for code, typed in zip(plain, codes, strict=True):
        if not re.fullmatch(r"\d{4,10}", code, re.ASCII):
            raise ScheduleError(
                f"{in_quotes(typed)} is not a code of goods. Write 4 to 10 digits, for example 6911.10.", "CODE"
            )
    return {code: single[0].replace("{code}", code) for code in plain}


def _refusal(address: str, before: str = "") -> str:
    """The reason why an address is refused; '' if it is allowed."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{in_quotes(address)} is not a web address. It must start with https://."
    if parts.scheme == "http" and parts.hostname not in LOCAL_HOSTS:
        return f"{in_quotes(address)} is not encrypted. It must start with https://."
    if before.startswith("https:") and parts.scheme != "https":
        return f"{in_quotes(before)} leads to {in_quotes(address)}, which is not encrypted."
    return ""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows a few redirects, and none from an encrypted address to an unencrypted one."""

    max_redirections = MAX_REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        """The next request; raises URLError if its address is not allowed."""
        if why := _refusal(newurl, req.full_url):
            raise urllib.error.URLError(why)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]  # Message of http


def _opener() -> urllib.request.OpenerDirector:
    # Built from single handlers: the default opener also opens file:, ftp: and data: addresses.
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler,
        urllib.request.HTTPHandler,
        urllib.request.HTTPSHandler,
        urllib.request.HTTPDefaultErrorHandler,
        urllib.request.HTTPErrorProcessor,
        _Redirects,
    ):
        opener.add_handler(handler())
    return opener


def fetch(
    address: str, folder: Path, name: str, *, on_progress: Callable[[int], None] = lambda _bytes: None
) -> Download:
    """Download a file into a folder, completely or not at all, as `name` with the extension that fits its content.

    `on_progress` is called with the number of bytes so far. Raises ScheduleError with the reason if the download
    fails, OSError if the folder cannot be written.
    """
    if why := _refusal(address):
        raise ScheduleError(why, address)
    folder.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=folder, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stream:
            digest, size, changed = _stream(address, stream, on_progress)
        with Path(part).open("rb") as stream:
            start = stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
        extension = next((known for begin, known in EXTENSIONS.items() if start.startswith(begin)), "csv")
        if extension == "html":
            raise ScheduleError("The address returned a web page instead of the file. Open it in a browser.", address)
        if extension == "pdf":
            raise ScheduleError("The address returned a PDF, which is not a table. Open it in a browser.", address)
        path = folder / f"{name}.{extension}"
        Path(part).chmod(0o644)
        Path(part).replace(path)
    finally:
        with contextlib.suppress(OSError):
            Path(part).unlink(missing_ok=True)
    return Download(path=path, address=address, size=size, sha256=digest, changed=changed)


def _stream(address: str, stream: IO[bytes], on_progress: Callable[[int], None]) -> tuple[str, int, str | None]:
    """Write the content of an address to a stream; return its hash, size and date of the last change."""
    request = urllib.request.Request(  # noqa: S310  # the scheme was looked at, and the opener knows no other
        address, headers={"User-Agent": AGENT, "Accept-Encoding": "identity"}
    )
    digest, size, until = hashlib.sha256(), 0, time.monotonic() + MAX_SECONDS
    try:
        with _opener().open(request, timeout=TIMEOUT) as answer:
            while chunk := answer.read(CHUNK_SIZE):
                size += len(chunk)
                if size > MAX_BYTES:
                    raise ScheduleError(f"The file is larger than {MAX_BYTES >> 20} MB; no schedule is.", address)
                if time.monotonic() > until:
                    raise ScheduleError(f"It took longer than {MAX_SECONDS / 60:.0f} minutes.", address)
                digest.update(chunk)
                stream.write(chunk)
                on_progress(size)
            promised = answer.headers.get("Content-Length")
            changed = answer.headers.get("Last-Modified")
    except urllib.error.HTTPError as error:
        raise ScheduleError(f"The server answered {error.code} {error.reason}.", address) from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        why = getattr(error, "reason", None) or error
        raise ScheduleError(f"It cannot be reached: {why}.", address) from None
    if promised is not None and promised.isdigit() and int(promised) != size:
        raise ScheduleError(f"Only {size} of {promised} bytes were received.", address)
    if not size:
        raise ScheduleError("The file is empty.", address)
    return digest.hexdigest(), size, changed
