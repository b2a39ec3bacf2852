"""`entrepot` on the command line."""

from __future__ import annotations

import gc
import os

#: New objects after which Python's garbage collector runs.
OBJECTS_BETWEEN_COLLECTIONS = 50_000


def main() -> None:
    """Runs the command line."""
    # By default it runs after some hundred new objects, and visits those of the modules and of the law, which all stay.
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *gc.get_threshold()[1:])
    # Arrow's own allocator gives memory back to the system between the batches of a table, and gets it again, cleared.
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    from entrepot.cli import run

    run()


if __name__ == "__main__":
    main()
