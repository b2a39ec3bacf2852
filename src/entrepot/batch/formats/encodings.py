"""The encoding of a text file: found where it is certain, else chosen among those that decode it; converted to UTF-8.

Certain are a byte order mark, text that is valid UTF-8, and UTF-16 whose ASCII characters show. Every other encoding
of one byte or two decodes most files of any other, so that only a reader can tell.
"""

from __future__ import annotations

import codecs
import gzip
import re
import unicodedata
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import IO, Any, NamedTuple

from entrepot.batch.rows.suggest import recognized
from entrepot.model.errors import WordedTableError, nearest

#: Bytes of a file that are looked at, of one read, and characters of a sample.
HEAD_BYTES, BLOCK_BYTES, SAMPLE_CHARACTERS = 1 << 20, 1 << 20, 60
#: The share of zero bytes that shows UTF-16.
MIN_ZEROS = 0.05
#: A line that is longer is normalised in pieces.
MAX_HELD = 4 << 20
#: The encodings by the name that is shown, with the codec of Python. The wider one stands for those that it contains.
CODECS = {
    "utf-8": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "utf-32": "utf-32",
    "gb18030": "gb18030",
    "big5": "cp950",
    "windows-874": "cp874",
    "windows-1258": "cp1258",
    "shift-jis": "cp932",
    "euc-kr": "cp949",
    "windows-1252": "cp1252",
    "windows-1250": "cp1250",
    "windows-1251": "cp1251",
    "iso-8859-1": "latin-1",
}
#: UTF-8 in which each character that cannot be read becomes U+FFFD.
REPLACE = "utf-8-replace"
#: The encodings that a file without a mark may have, in the order in which they are offered.
OFFERED = (
    *("gb18030", "big5", "windows-874", "windows-1258", "shift-jis", "euc-kr"),
    *("windows-1252", "windows-1250", "windows-1251"),
)
#: The encoding that a reader of a language most probably has.
OF_LANGUAGE = {"zh": "gb18030", "th": "windows-874", "vi": "windows-1258"}
#: Other names of encodings; those of the codecs are known too.
ALIASES = {
    **dict.fromkeys(("gbk", "gb2312", "cp936", "ansi-cn"), "gb18030"),
    **dict.fromkeys(("tis-620", "iso-8859-11", "cp874"), "windows-874"),
    **dict.fromkeys(("utf8", "utf-8-sig", "ascii", "us-ascii"), "utf-8"),
    **dict.fromkeys(("utf16", "unicode"), "utf-16"),
    **dict.fromkeys(("latin-1", "latin1"), "iso-8859-1"),
    **dict.fromkeys(("shift_jis", "sjis", "cp932"), "shift-jis"),
    **dict.fromkeys(("cp949", "ks_c_5601-1987"), "euc-kr"),
    **{codec: name for name, codec in CODECS.items() if codec.startswith("cp")},
}
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


class Sample(NamedTuple):
    """An encoding that a file may have, and how its first lines read in it."""

    name: str
    lines: list[str]


def encoding_named(name: str) -> str:
    """The name of an encoding as this module has it. Raises TableError if it is not supported.

    >>> encoding_named("GBK"), encoding_named("cp1258"), encoding_named("tis_620")
    ('gb18030', 'windows-1258', 'windows-874')
    """
    plain = name.strip().lower().replace("_", "-")
    found = ALIASES.get(plain) or ALIASES.get(name.strip().lower()) or (plain if plain in (*CODECS, REPLACE) else "")
    if not found:
        raise WordedTableError(
            "{name!r} is not an encoding that can be read. Encodings: {known}.",
            nearest(plain, CODECS),
            name=name,
            known=", ".join((*CODECS, REPLACE)),
        )
    return found


def read_head(path: Path) -> bytes:
    """The beginning of a text file, gunzipped if its name ends in .gz."""
    with path.open("rb") as raw, closing(_decompressed(path, raw)) as stream:
        return bytes(stream.read(HEAD_BYTES))


def _decompressed(path: Path, raw: Any) -> IO[bytes]:
    return gzip.GzipFile(fileobj=raw, mode="rb") if path.suffix == ".gz" else raw  # type: ignore[return-value]  # it reads bytes


def detect(head: bytes) -> str | None:
    r"""The encoding of a file by its beginning, where that is certain; else None.

    >>> detect("a,é".encode()), detect("a".encode("utf-16")), detect("amount".encode("utf-16-be"))
    ('utf-8', 'utf-16', 'utf-16-be')
    >>> detect("金额".encode("gbk"))
    """
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if b"\0" in head:
        even, odd = head[0:1000:2].count(0), head[1:1000:2].count(0)
        # A table has ASCII characters: digits, separators and ends of lines.
        certain = min(even, odd) == 0 and max(even, odd) > len(head[:1000]) * MIN_ZEROS
        return ("utf-16-be" if even else "utf-16-le") if certain else None
    return "utf-8" if _decodes(head, "utf-8") else None


def _decodes(head: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def is_utf8(path: Path) -> bool:
    """Whether all of a file is UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as stream:
        try:
            while block := stream.read(BLOCK_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
    return True


def samples(head: bytes, language: str = "en", lines: int = 3) -> list[Sample]:
    """The encodings in which the beginning of a file can be read, the most probable first.

    >>> [each.name for each in samples("商品编码,金额".encode("gbk"))][:1]
    ['gb18030']
    """
    names = [name for name in OFFERED if _decodes(head, CODECS[name])]
    texts = {name: _first_lines(head, CODECS[name], "strict", lines) for name in names}
    first = OF_LANGUAGE.get(language)

    def probable(name: str) -> tuple[int, int, bool]:
        cells = re.split(r"[,;\t|]", (texts[name] or [""])[0])
        return -recognized(cells), _odd_characters("".join(texts[name])), name != first

    names.sort(key=probable)
    found = [Sample(name, texts[name]) for name in names]
    if b"\0" not in head:
        found.append(Sample(REPLACE, _first_lines(head, "utf-8", "replace", lines)))
    return found


def first_text(head: bytes, encoding: str) -> str:
    """The beginning of a file as text in an encoding; what cannot be read is left out."""
    codec = "utf-8-sig" if encoding == REPLACE else CODECS[encoding]
    return codecs.getincrementaldecoder(codec)("replace").decode(head)


def _first_lines(head: bytes, codec: str, errors: str, lines: int) -> list[str]:
    text = codecs.getincrementaldecoder(codec)(errors).decode(head[: HEAD_BYTES // 16])
    return [line[:SAMPLE_CHARACTERS] for line in unicodedata.normalize("NFC", text).splitlines()[:lines]]


def _odd_characters(text: str) -> int:
    """How many characters no table is likely to have: controls, symbols, rare letters, marks without a letter.

    >>> _odd_characters("商品,金额"), _odd_characters("ÉÌÆ·") > 0
    (0, True)
    """
    odd, before = 0, ""
    for character in text:
        kind, point = unicodedata.category(character), ord(character)
        if kind in ("Cc", "Cn", "Co", "Cf", "So", "Sk", "Lm", "Pf", "Pi"):
            odd += 2
        elif 0xA0 <= point < 0xC0 or 0xFF61 <= point <= 0xFF9F or 0x3400 <= point < 0x4E00 or point > 0xFFFF:
            odd += 2  # signs of Latin-1, half-width kana, rare ideographs
        elif 0xC0 <= point < 0x250 and before and 0xC0 <= ord(before) < 0x250:
            odd += 1  # two accented letters in a row
        elif kind == "Mn" and not before.isalpha() and not (before and unicodedata.combining(before)):
            odd += 0 if 0x0E00 <= point < 0x0E80 else 2
        before = character
    return odd


def write_utf8(path: Path, encoding: str, target: Path, first_line: str = "") -> None:
    """Write a text file as UTF-8 without a mark, block by block. Raises TableError where it is not of that encoding.

    `first_line`: written before the text, such as names of columns.
    """
    with path.open("rb") as raw, closing(_decompressed(path, raw)) as stream, target.open("wb") as file:
        file.write(first_line.encode())
        for text in _decoded(stream, path, encoding):
            file.write(text.encode("utf-8", "surrogatepass" if encoding == REPLACE else "strict"))


def _decoded(stream: IO[bytes], path: Path, encoding: str) -> Iterator[str]:
    codec = "utf-8-sig" if encoding == REPLACE else CODECS[encoding]
    decoder = codecs.getincrementaldecoder(codec)("replace" if encoding == REPLACE else "strict")
    line, held = 1, ""
    while True:
        block = stream.read(BLOCK_BYTES)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(codec, "ignore")
            raise WordedTableError(
                "Line {line} of {path} cannot be read as {encoding}. Choose another encoding: {known}.",
                line=line + before.count("\n"),
                path=path,
                encoding=encoding,
                known=", ".join(name for name in (*OFFERED, REPLACE) if name != encoding),
            ) from None
        line += text.count("\n")
        if encoding == "windows-1258":  # its letters and tone marks are separate characters
            text, held = _whole_lines(held + text, final=not block)
            text = unicodedata.normalize("NFC", text)
        yield text
        if not block:
            return


def _whole_lines(text: str, *, final: bool) -> tuple[str, str]:
    """The lines that are complete, and the beginning of the next one."""
    end = len(text) if final or len(text) > MAX_HELD else text.rfind("\n") + 1
    return text[:end], text[end:]
