"""Time of the mirror of lines, with every measure and product: python bench/measure/mirror.py [LINES [PRODUCTS]].

By default 40,000 lines of both sides together, which is the most that two nodes compare by their orders, in 100
chapters and codes. The two sides differ in one line of four: freight, a return, a period or the product. First a
thousand lines are compared product by product, each by itself, and must give the same. Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from fractions import Fraction
from random import Random

from entrepot.measure.lines import LedgerLine, Party, Taken
from entrepot.measure.mirror import Side, mirror, mirrors_by_product
from entrepot.measure.template import MEASURES

PERIOD, CURRENCY = "2025", "CNY"


def rate(_currency: str, _day: str) -> Fraction:
    """One rate for all days: only the cost of the comparison is measured."""
    return Fraction(718, 100)


def sides(count: int, products: int) -> tuple[Side, Side]:
    """Both sides, with so many lines together."""
    random, ours, theirs = Random(7), [], []
    for number in range(count // 2):
        chapter = random.randrange(products)
        one = LedgerLine(
            id=f"or_{number}:1",
            match=f"xo_{number}:1",
            order_channel="digital",
            delivery_channel="physical",
            platform="node",
            seller=Party("VN", "S11"),
            buyer=Party("CN", "S1M"),
            hs=f"{chapter % 97 + 1:02d}0101" if chapter < 97 else "",
            currency=random.choice(("CNY", "USD")),
            price=random.randint(1_000, 500_000),
            freight=500,
            insurance=0,
            valuation="FOB",
            ordered=f"2025-{random.randint(1, 12):02d}-10",
        )
        changes = (
            {"freight": 700},
            {"taken": (Taken("2025-12-20", 400),)},
            {"ordered": "2024-12-31"},
            {"hs": "990101"},
        )
        changed = {name: getattr(one, name) for name in one.__struct_fields__}
        if number % 4 == 0:
            changed |= changes[number // 4 % len(changes)]
        ours.append(one)
        theirs.append(LedgerLine(**changed))
    return Side("VN", ours, rate), Side("CN", theirs, rate)


def main() -> None:
    """Compare, and measure."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 40_000
    products = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    few = sides(1_000, products)
    for each in mirrors_by_product(*few, PERIOD, CURRENCY):
        assert each == mirror(*few, PERIOD, CURRENCY, measure=each.measure, product=each.product)
    both = sides(count, products)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    wall, own = time.perf_counter(), time.process_time()
    every = mirrors_by_product(*both, PERIOD, CURRENCY)
    print(
        json.dumps(
            {
                "lines": count,
                "products": len(every) - len(MEASURES),
                "seconds": round(time.perf_counter() - wall, 2),
                "processor_seconds": round(time.process_time() - own, 2),
                "memory_mb": round((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024),
                "gap": every[0].gap,
            }
        )
    )


if __name__ == "__main__":
    main()
