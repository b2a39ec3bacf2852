"""fetch: the authority's own file of a schedule, from the address that the pack names: http and https, nothing else."""

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
from entrepot.model.errors import ScheduleError

AGENT = "entrepot (schedules of customs duties)"
#: The largest file that is taken, in bytes; the longest silence and the longest download, in seconds.
LARGEST = 256 * 1024 * 1024
SILENCE, LONGEST = 60.0, 900.0
CHUNK = 1 << 16
REDIRECTS = 5
#: On this machine itself a server may speak without encryption.
HERE = ("127.0.0.1", "localhost", "::1")


class Fetched(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was fetched: where it lies, from where it came, its size and hash, and when it was last changed."""

    path: Path
    address: str
    size: int
    sha256: str
    changed: str | None


def address_of(pack: Pack) -> str | None:
    """The address of the schedule's data that a pack names; `{code}` stands in it where each code has a file."""
    return next((source.file for source in pack.sources.values() if source.file), None)


def addresses(template: str, codes: Sequence[str]) -> dict[str, str]:
    """The addresses of codes, by code; of the whole schedule under '' where there is one file for all.

    Raises ScheduleError where codes are needed, or are none.

    >>> addresses("https://tariff.example/{code}", ["0702.00.00.07"])
    {'0702000007': 'https://tariff.example/0702000007'}
    >>> addresses("https://tariff.example/all.csv", [])
    {'': 'https://tariff.example/all.csv'}
    """
    if "{code}" not in template:
        if codes:
            raise ScheduleError("This schedule comes as a whole; name no codes.", "CODE")
        return {"": template}
    if not codes:
        raise ScheduleError("This schedule has a file for each line; name the codes of the goods.", "CODE")
    plain = [re.sub(r"[.\s-]", "", code) for code in codes]
    for code, typed in zip(plain, codes, strict=True):
        if not re.fullmatch(r"\d{4,10}", code, re.ASCII):
            raise ScheduleError(f"{typed!r} is no code of goods.", "CODE")
    return {code: template.replace("{code}", code) for code in plain}


def _refuse(address: str, before: str = "") -> str:
    """Why an address is not followed, or ''."""
    parts = urllib.parse.urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return f"{address!r} is no address on the web: it begins with https://."
    if parts.scheme == "http" and parts.hostname not in HERE:
        return f"{address!r} is not encrypted: it begins with https://."
    if before.startswith("https:") and parts.scheme != "https":
        return f"{before!r} leads to {address!r}, which is not encrypted."
    return ""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows few redirects, and none from an encrypted address to one that is not."""

    max_redirections = REDIRECTS

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Message, newurl: str
    ) -> urllib.request.Request | None:
        """The next request; refused where its address may not be followed."""
        if why := _refuse(newurl, req.full_url):
            raise urllib.error.URLError(why)
        return super().redirect_request(req, fp, code, msg, headers, newurl)  # type: ignore[arg-type]  # Message of http


def _opener() -> urllib.request.OpenerDirector:
    # Built by hand: the usual one also opens file:, ftp: and data: addresses.
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


def fetch(address: str, folder: Path, name: str, *, seen: Callable[[int], None] = lambda _bytes: None) -> Fetched:
    """Fetches a file into a folder, whole or not at all, under `name` and the ending that fits what it holds.

    `seen` is told how many bytes there are so far. Raises ScheduleError with the reason where it cannot be had, OSError
    where the folder cannot be written.
    """
    if why := _refuse(address):
        raise ScheduleError(why, address)
    folder.mkdir(parents=True, exist_ok=True)
    handle, part = tempfile.mkstemp(dir=folder, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as stream:
            digest, size, changed = _stream(address, stream, seen)
        with Path(part).open("rb") as stream:
            start = stream.read(64).lstrip(b"\xef\xbb\xbf \r\n\t")
        if start[:1] == b"<":
            raise ScheduleError("The address gave a page in place of the file. Open it in a browser.", address)
        path = folder / f"{name}.{'json' if start[:1] in (b'{', b'[') else 'csv'}"
        Path(part).chmod(0o644)
        Path(part).replace(path)
    finally:
        with contextlib.suppress(OSError):
            Path(part).unlink(missing_ok=True)
    return Fetched(path=path, address=address, size=size, sha256=digest, changed=changed)


def _stream(address: str, stream: IO[bytes], seen: Callable[[int], None]) -> tuple[str, int, str | None]:
    """Writes what an address gives; its hash, its size and when it was last changed."""
    request = urllib.request.Request(  # noqa: S310  # the scheme was looked at, and the opener knows no other
        address, headers={"User-Agent": AGENT, "Accept-Encoding": "identity"}
    )
    digest, size, until = hashlib.sha256(), 0, time.monotonic() + LONGEST
    try:
        with _opener().open(request, timeout=SILENCE) as answer:
            while chunk := answer.read(CHUNK):
                size += len(chunk)
                if size > LARGEST:
                    raise ScheduleError(f"The file is larger than {LARGEST >> 20} MB; no schedule is.", address)
                if time.monotonic() > until:
                    raise ScheduleError(f"It took longer than {LONGEST / 60:.0f} minutes.", address)
                digest.update(chunk)
                stream.write(chunk)
                seen(size)
            promised = answer.headers.get("Content-Length")
            changed = answer.headers.get("Last-Modified")
    except urllib.error.HTTPError as error:
        raise ScheduleError(f"The server answered {error.code} {error.reason}.", address) from None
    except (urllib.error.URLError, http.client.HTTPException, TimeoutError, ConnectionError) as error:
        why = getattr(error, "reason", None) or error
        raise ScheduleError(f"It cannot be reached: {why}.", address) from None
    if promised is not None and promised.isdigit() and int(promised) != size:
        raise ScheduleError(f"Only {size} of {promised} bytes came.", address)
    if not size:
        raise ScheduleError("The file is empty.", address)
    return digest.hexdigest(), size, changed
