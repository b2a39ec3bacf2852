"""A file of SQLite with all tables, made by the migrations once and copied for each server with the secret of then."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from entrepot.store import migrations

#: The name of the file in the data folder.
NAME = "desk.sqlite3"
#: And that of the secret, with which sessions are signed: those of a database that is copied too stay valid.
SECRET = "secret"
#: Where it is kept between runs.
KEPT = Path(__file__).parents[2] / ".pytest_cache" / "tables"


def copy_tables(data: Path, *, secret: bool = True) -> None:
    """Put the file, and the secret, into a data folder that has none."""
    if not (data / NAME).exists():
        made = _made()
        for kept, name in ((made.with_suffix(".secret"), SECRET), (made, NAME))[not secret :]:
            part = data / f".{name}"
            shutil.copyfile(kept, part)
            part.chmod(0o600)
            part.replace(data / name)


def _made() -> Path:
    """The file for the migrations as they are. The first process that needs it makes it, and others wait."""
    found = KEPT / f"{_digest()}.sqlite3"
    if found.exists() and found.with_suffix(".secret").exists():
        return found
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (found.exists() and found.with_suffix(".secret").exists()):
            with tempfile.TemporaryDirectory(dir=KEPT) as data:
                own = {name: value for name, value in os.environ.items() if not name.startswith("ENTREPOT_")}
                env = {**own, "ENTREPOT_DATA": data, "DJANGO_SETTINGS_MODULE": "entrepot.web.site.settings"}
                subprocess.run([sys.executable, "-m", "django", "migrate", "--verbosity", "0"], env=env, check=True)
                (Path(data) / SECRET).replace(found.with_suffix(".secret"))
                (Path(data) / NAME).replace(found)
    return found


def _digest() -> str:
    """What the tables follow from: our migrations, and the versions of the packages that have some."""
    folder = Path(str(migrations.__file__)).parent
    parts = [file.read_bytes() for file in sorted(folder.glob("*.py"))]
    parts += [f"{name} {version(name)}".encode() for name in ("django", "django-tasks-db")]
    return hashlib.blake2b(b"\n".join(parts), digest_size=8).hexdigest()
