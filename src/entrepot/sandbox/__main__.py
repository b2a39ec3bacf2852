"""`python -m entrepot.sandbox NAME [OPTIONS]`: start one of the sandboxes. `entrepot sandbox` calls this.

Each sandbox is a package of its name whose module `process` has `main(arguments) -> exit code`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec

from entrepot.model.errors import in_quotes

#: The sandboxes, and what each takes the place of.
SANDBOXES = {
    "customs": "a customs office that takes China's messages of retail imports and answers in their format",
    "payments": "a payment provider",
    "carrier": "a carrier: waybills, tracking, delivery",
}


def main(arguments: Sequence[str]) -> int:
    """Start the sandbox that the first argument names, and serve until it is stopped. Returns the exit code."""
    if not arguments or arguments[0] in ("-h", "--help"):
        sys.stdout.write(usage())
        return 0 if arguments else 2
    name = arguments[0]
    if name not in SANDBOXES:
        sys.stderr.write(f"{in_quotes(name)} is not a sandbox. Use {', '.join(SANDBOXES)}.\n")
        return 2
    module = f"entrepot.sandbox.{name}.process"
    if find_spec(f"entrepot.sandbox.{name}") is None:
        sys.stderr.write(f"This installation has no sandbox of {name}.\n")
        return 2
    return int(import_module(module).main(list(arguments[1:])))


def usage() -> str:
    """What the command takes."""
    lines = [f"  {name:10}{what}" for name, what in SANDBOXES.items()]
    return "\n".join(
        ["usage: entrepot sandbox NAME [OPTIONS]", "", *lines, "", "Options: entrepot sandbox NAME --help", ""]
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
