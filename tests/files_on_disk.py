"""What is in the files of a server or a database that is at work, and deletes and creates files meanwhile."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path


def read_files(folder: Path, names: str = "*") -> Iterator[tuple[Path, bytes]]:
    """The files in and below a folder whose names match, and what is in each, without what is deleted meanwhile."""
    for where, _folders, files in os.walk(folder):
        for name in files:
            with suppress(FileNotFoundError):
                if fnmatch(name, names):
                    yield (file := Path(where, name)), file.read_bytes()
