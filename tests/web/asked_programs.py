"""Runs programs about a server's database: a process that has loaded Django is copied for each, and shares no state.

As a program it reads programs from standard input, one a line as JSON, and writes what each wrote and its exit code.
"""

from __future__ import annotations

import gc
import importlib
import io
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from typing import Any


class Asked:
    """The process. Loading Django takes a second; copying the process takes a few milliseconds."""

    def __init__(self, environment: Mapping[str, str], *modules: str) -> None:
        """`modules`: what the programs import besides, which is loaded once."""
        self._process = subprocess.Popen(
            [sys.executable, __file__, *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            text=True,
        )

    def run(self, code: str, given: str = "") -> str:
        """What a program wrote that read `given`. `m` is the module of models.

        Raises AssertionError with its errors if it fails.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([code, given]) + "\n")
        self._process.stdin.flush()
        done = json.loads(self._process.stdout.readline())
        assert done["code"] == 0, done["errors"]
        return str(done["output"]).strip()

    def stop(self) -> None:
        """End it."""
        self._process.communicate()


def _next_program() -> str:
    """The next program, in a copy of this process, which writes the answers to those before."""
    for line in sys.stdin:
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            copy = os.fork()
            if copy == 0:
                os.dup2(output.fileno(), 1)
                os.dup2(errors.fileno(), 2)
                code, given = json.loads(line)
                sys.stdin = io.StringIO(given)
                return str(code)
            _, status = os.waitpid(copy, 0)
            written = []
            for file in (output, errors):
                file.seek(0)
                written.append(file.read().decode())
        answer = {"code": os.waitstatus_to_exitcode(status), "output": written[0], "errors": written[1]}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    raise SystemExit


def _main() -> None:
    import django

    django.setup()
    from entrepot.store import models

    for name in sys.argv[1:]:
        importlib.import_module(name)
    gc.freeze()  # a copy that collects or ends need not walk through what was loaded
    names: dict[str, Any] = {"__name__": "__main__", "m": models}
    exec(compile(_next_program(), "<asked>", "exec"), names)


if __name__ == "__main__":
    _main()
