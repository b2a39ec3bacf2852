"""What a user would install instead: a package from PyPI, installed, checked and timed in a temporary environment.

On PyPI there are clients of paid services, forms of one country without a schedule (the Philippines, Saudi Arabia,
Bangladesh), and `landed-cost-calculator` (MIT), which computes duty and VAT from rates that its user looks up. No
package was found that holds a schedule and computes import duty from a code, so this one is the nearest.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

from clock import Pace, Repeats

NAME, VERSION, LICENCE = "landed-cost-calculator", "0.3.1", "MIT"

# Runs in the peer's own environment: the rows are goods, duty rate and VAT rate, as the floats that it takes.
PROGRAM = """
import json, statistics, sys, time
from landed_cost import calculate
asked = json.load(sys.stdin)
rows = [dict(unit_price=a, quantity=1, tariff_rate=b, vat_rate=c, currency="CNY") for a, b, c in asked["rows"]]
answers = [calculate(**row) for row in rows]
rates, shares = [], []
for _ in range(asked["repeats"]):
    done, start, own = 0, time.perf_counter(), time.process_time()
    while (wall := time.perf_counter() - start) < asked["seconds"]:
        for row in rows:
            calculate(**row)
        done += len(rows)
    rates.append(done / wall)
    shares.append((time.process_time() - own) / wall)
pace = [statistics.median(rates), min(rates), max(rates), statistics.median(shares), len(rates)]
print(json.dumps({"pace": pace, "answers": [[a["duty"], a["vat"]] for a in answers]}))
"""


def pace(rows: list[tuple[float, float, float]], repeats: Repeats) -> tuple[Pace, list[tuple[int, int]]]:
    """The peer's pace over the rows, and its duty and VAT of each in fen."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, with_pip=True)
        python = Path(folder) / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", f"{NAME}=={VERSION}"]
        subprocess.run(install, check=True)
        asked = json.dumps({"rows": rows, "seconds": repeats.seconds, "repeats": repeats.times})
        done = subprocess.run([str(python), "-c", PROGRAM], input=asked, capture_output=True, text=True, check=True)
    told = json.loads(done.stdout)
    return Pace(*told["pace"]), [(round(duty * 100), round(vat * 100)) for duty, vat in told["answers"]]
