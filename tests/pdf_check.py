"""Check PDF files by another program, `qpdf --check`, where it is installed (Debian: apt install qpdf)."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest


def check_pdf(content: bytes, folder: Path) -> None:
    """Fail where qpdf finds an error or a warning in a file; skip without qpdf."""
    if shutil.which("qpdf") is None:
        pytest.skip("qpdf is not installed (Debian: apt install qpdf)")
    file = folder / "checked.pdf"
    file.write_bytes(content)
    done = subprocess.run(["qpdf", "--check", str(file)], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
