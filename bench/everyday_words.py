"""How many everyday words lead to goods that can be quoted, and how long a search takes.

    python bench/everyday_words.py                     the words of tests/everyday_words.csv, five destinations
    python bench/everyday_words.py --to TH --missed    one destination, with the words that miss

A word leads to a quotable code if the first result has six digits or more under a heading that the word should reach,
and a sale of it is answered by a figure, a range or a lowest total. `first three`: one of the first three results does.
The headings are those of the nomenclature, chosen by hand.
"""

from __future__ import annotations

import argparse
import csv
import time
from pathlib import Path

import entrepot
from entrepot import app

WORDS = Path(__file__).resolve().parents[1] / "tests" / "everyday_words.csv"
CURRENCIES = {"CN": "CNY", "US": "USD", "JP": "JPY", "DE": "EUR", "TH": "THB"}


def is_quotable(code: str, to: str, date: str) -> bool:
    """Whether a sale of goods with this code is answered."""
    origin = "VN" if to != "VN" else "TH"
    sale = {
        "ship_from": {"country": origin},
        "ship_to": {"country": to},
        "date": date,
        "currency": CURRENCIES.get(to, "USD"),
        "lines": [{"hs_code": code, "amount": "60"}],
    }
    try:
        quote = entrepot.quote(sale)
    except entrepot.EntrepotError:
        return False
    return (quote.best or quote.best_conditional) is not None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", nargs="+", default=list(CURRENCIES), metavar="XX", help="destinations")
    parser.add_argument("--words", type=Path, default=WORDS, help="a table: language,words,headings")
    parser.add_argument("--date", default="2026-11-26", help="the day of the law")
    parser.add_argument("--missed", action="store_true", help="the words whose first result is not quotable goods")
    given = parser.parse_args()
    with given.words.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for to in given.to:
        app.goods("x", to)  # builds the index
        taken, first, three, total = [], {}, {}, {}
        for row in rows:
            language, wanted = row["language"], set(row["headings"].split())
            start = time.process_time()
            found = app.goods(row["words"], to, language, 12, on=given.date).data
            taken.append(time.process_time() - start)
            hits = [each.code[:4] in wanted and is_quotable(each.code, to, given.date) for each in found[:3]]
            total[language] = total.get(language, 0) + 1
            first[language] = first.get(language, 0) + (hits[:1] == [True])
            three[language] = three.get(language, 0) + any(hits)
            if given.missed and hits[:1] != [True]:
                print(f"{to} {language} {row['words']}: {' '.join(each.code for each in found[:5]) or 'nothing'}")
        taken.sort()
        scores = "  ".join(f"{each} {first[each]}/{three[each]}/{total[each]}" for each in total)
        parts = [f"{100 * sum(each.values()) / len(rows):.1f} %" for each in (first, three)]
        speed = [f"{taken[len(taken) * part // 100] * 1000:.2f} ms" for part in (50, 95)]
        print(f"{to}: first {parts[0]}, first three {parts[1]} ({scores}); median {speed[0]}, 95 % within {speed[1]}")


if __name__ == "__main__":
    main()
