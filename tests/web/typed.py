"""The server's settings for mypy, which imports what it checks: nothing is created in the user's folders."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["ENTREPOT_DATA"] = str(Path(".mypy_cache", "server").absolute())
os.environ["ENTREPOT_SECRET"] = "for mypy alone, and kept by nobody"

from entrepot.web.site.settings import *  # noqa: F403
