"""Runs Python with arguments and prints how long it took and the most memory it held, as JSON. Run by `child`.

    python peak_memory.py SECONDS ARGUMENTS…

A process of its own, and a small one: the kernel counts as a child's memory also that of the process it came from.
"""

import json
import resource
import subprocess
import sys
import time


def main() -> int:
    """Runs the process and prints the measurement."""
    start, failed = time.perf_counter(), ""
    try:
        done = subprocess.run(
            [sys.executable, *sys.argv[2:]], capture_output=True, timeout=float(sys.argv[1]), text=True, check=False
        )
        failed = f"it ended with {done.returncode}: {done.stderr.strip()[-600:]}" if done.returncode else ""
    except subprocess.TimeoutExpired:
        failed = f"more than {sys.argv[1]} seconds"
    seconds = time.perf_counter() - start
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
    print(json.dumps({"seconds": seconds, "peak_mb": most, "failed": failed}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
