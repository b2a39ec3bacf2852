"""Audit the packages that the server runs with: pins, hashes and licences here; advisories where they can be reached.

`./check --all` runs it. Advisories need `pip-audit` (`pip install pip-audit`) and its service: without them this says
so and does not fail. What fails: a package that is known to be vulnerable, a pin without a hash, and a licence that
asks for the source of what imports it. Another version than the locked one is noted.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from packaging.markers import Marker

HERE = Path(__file__).resolve().parent
LOCK = "run"
#: Seconds for all advisories.
PATIENCE = 120
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)")
_STRICT = re.compile(r"\b(?:AGPL|GPL)(?!.*LESSER)", re.IGNORECASE)


def pins(text: str) -> dict[str, tuple[str, int]]:
    r"""The packages of a lock for this Python: by name, the version and how many hashes it has.

    >>> pins("aioice==0.13.0 \\\n    --hash=sha256:00 \\\n    --hash=sha256:11\nav==1 ; python_version < '3'\n")
    {'aioice': ('0.13.0', 2)}
    """
    found: dict[str, tuple[str, int]] = {}
    name = ""
    for line in text.splitlines():
        if pin := _PIN.match(line):
            marker = line.partition(";")[2].strip(" \\")
            name = pin[1].lower().replace("_", "-") if not marker or Marker(marker).evaluate() else ""
            if name:
                found[name] = (pin[2], 0)
        elif name and "--hash=sha256:" in line:
            version, hashes = found[name]
            found[name] = (version, hashes + 1)
    return found


def faults_of(locked: dict[str, tuple[str, int]]) -> list[str]:
    """What is wrong here: pins without hashes, and licences."""
    faults = [f"{name}=={version} has no hash" for name, (version, hashes) in locked.items() if not hashes]
    for name, (version, _hashes) in locked.items():
        try:
            known = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # of another platform or version of Python
        if known["Version"] != version:
            print(f"{name} {known['Version']} is installed here, {version} is locked.")
        licence = " ".join(filter(None, [known.get("License-Expression"), *licences(known)]))
        if _STRICT.search(licence):
            faults.append(f"{name} has the licence {licence}")
    return faults


def licences(known: metadata.PackageMetadata) -> list[str]:
    """The licences of a package by its classifiers."""
    return [each.rpartition(" :: ")[2] for each in known.get_all("Classifier") or [] if each.startswith("License ::")]


def advisories() -> tuple[int, str]:
    """What the service of advisories says: the exit code of pip-audit, and its output. -1: it was not reached."""
    program = shutil.which("pip-audit")
    if program is None:
        return -1, "pip-audit is not installed"
    words = [program, "--disable-pip", "--require-hashes", "--progress-spinner", "off", "-r", str(HERE / f"{LOCK}.txt")]
    try:
        done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=PATIENCE)
    except subprocess.TimeoutExpired:
        return -1, f"no answer in {PATIENCE} seconds"
    if done.returncode and "vulnerabilit" not in done.stdout + done.stderr:
        return -1, (done.stderr.strip().splitlines() or ["no answer"])[-1][:200]
    return done.returncode, done.stdout


def main() -> int:
    """Print what was found. Returns 1 for a fault."""
    locked = pins((HERE / f"{LOCK}.txt").read_text())
    faults = faults_of(locked)
    code, said = advisories()
    if code > 0:
        faults.append(said)
    for each in faults:
        print(each)
    print(f"{len(locked)} packages: each is pinned with hashes; licences read." if not faults else "The audit failed.")
    print("Advisories: none." if code == 0 else f"Advisories were not read: {said}." if code < 0 else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
