"""How many sales of everyday goods are answered: by a figure, by a range, as prohibited, or not at all.

    python bench/everyday_goods.py                     every good to every destination
    python bench/everyday_goods.py --to US CA --why    two destinations, with the reasons of refusals
    python bench/everyday_goods.py --carts             sales of ten goods at a time

The goods are six-digit codes of the Harmonized System, as an online shop knows them, sold from Viet Nam and from China
for USD 60 to a consumer and USD 5,000 to a business. A sale with one procedure that is open is answered; a sale of
which only a lowest total is known is not. That goods may not be imported is a whole answer, in a column of its own. The
share of wrong figures is measured by the tests, not here.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter
from typing import Any

import entrepot

#: Six-digit codes with the words of a shop.
GOODS = {
    "610910": "T-shirt, cotton", "620342": "jeans, men's", "620462": "women's trousers", "611020": "pullover",
    "610510": "polo shirt", "620520": "shirt, men's, cotton", "621210": "brassiere", "610711": "underpants, cotton",
    "611595": "socks, cotton", "620443": "dress, synthetic", "420222": "handbag, textile", "420221": "handbag, leather",
    "420292": "backpack", "420231": "wallet, leather", "420212": "suitcase, plastic", "640399": "leather shoes",
    "640411": "sports shoes", "640299": "sandals, plastic", "640419": "textile shoes", "650500": "cap",
    "851713": "smartphone", "847130": "laptop", "851762": "router", "851830": "headphones", "850760": "power bank",
    "850440": "charger", "852872": "television", "852859": "monitor", "852589": "camera", "950450": "game console",
    "847160": "keyboard", "852351": "memory card", "901380": "optical device", "910211": "wristwatch", "950300": "toys",
    "950490": "board game", "950699": "sports equipment", "950691": "fitness equipment", "330499": "skin cream",
    "330410": "lipstick", "330300": "perfume", "330510": "shampoo", "340111": "soap", "330610": "toothpaste",
    "210690": "food supplement", "090121": "coffee, roasted", "090111": "coffee, green", "090240": "black tea",
    "080132": "cashew kernels", "081060": "durian", "080450": "mangoes", "100630": "rice", "190230": "instant noodles",
    "190531": "biscuits", "180690": "chocolate", "170490": "sweets", "040900": "honey", "160414": "canned tuna",
    "030617": "frozen shrimp", "210390": "sauce", "220210": "soft drink", "220421": "wine", "220300": "beer",
    "240220": "cigarettes", "940360": "wooden furniture", "940161": "upholstered chair", "940399": "furniture part",
    "940549": "lamp", "940542": "LED lamp", "940421": "mattress", "630260": "towel, cotton", "630231": "bed linen",
    "570339": "carpet", "691110": "porcelain tableware", "701337": "drinking glass", "732393": "steel pan",
    "821192": "kitchen knife", "392410": "plastic tableware", "392690": "phone case, plastic", "442199": "wooden box",
    "490199": "book", "491110": "catalogue", "482010": "notebook", "961700": "vacuum flask", "960810": "ball pen",
    "711311": "silver jewellery", "711319": "gold jewellery", "711719": "imitation jewellery", "900410": "sunglasses",
    "871200": "bicycle", "871160": "electric scooter", "870899": "car part", "401110": "tyre", "841451": "fan",
    "850980": "blender", "851660": "electric cooker", "841810": "refrigerator", "300490": "medicine",
    "901890": "medical device", "920790": "electric guitar", "230910": "dog food", "970121": "painting",
}  # fmt: skip
DESTINATIONS = "AE AU BN CA CH CN DE FR GB HK ID IN JP KH KR LA MM MY NO NZ PH SG TH TL TW US VN".split()  # noqa: SIM905  # shorter
#: What may be said of a sale. A prohibition is an answer.
KINDS = ("figure", "range", "at least", "banned", "refused")
BUYERS = {"consumer": "60.00", "business": "5000.00"}


def sale(codes: list[str], origin: str, to: str, buyer: str, date: str) -> dict[str, Any]:
    """A sale of some goods, each for the amount of the buyer's kind."""
    return {
        "ship_from": {"country": origin},
        "ship_to": {"country": to},
        "date": date,
        "currency": "USD",
        "buyer": {"kind": buyer},
        "lines": [{"hs_code": code, "amount": BUYERS[buyer]} for code in codes],
    }


def kind_of(quote: Any) -> str:
    """`figure`, `range`, `at least`, `banned` or `refused`; of a conditional procedure as of an open one."""
    option = quote.best or quote.best_conditional
    if option is None:
        return "banned" if quote.assessment.reasons[0].code == "goods.prohibited" else "refused"
    if option.amount_landed is not None:
        return "at least" if option.at_least else "figure"
    return "range" if option.amount_landed_high else "at least"


def _open(quote: Any) -> set[str]:
    """The reasons of a quote that name something unknown."""
    assumed = ("assumed", "assumed_nil", "imputed", "reference", "registered", "unchecked")
    return {f"{each.code} {each.message[:90]}" for each in quote.assessment.reasons if not each.code.endswith(assumed)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--to", nargs="+", default=DESTINATIONS, metavar="XX", help="destinations")
    parser.add_argument("--origin", nargs="+", default=["VN", "CN"], metavar="XX", help="origins")
    parser.add_argument("--date", default="2026-11-26", help="the day of the law")
    parser.add_argument("--goods", type=int, default=len(GOODS), help="a random choice of so many goods")
    parser.add_argument("--carts", action="store_true", help="sales of ten goods")
    parser.add_argument("--why", action="store_true", help="the reasons of refusals and of lowest totals")
    given = parser.parse_args()
    chance = random.Random(1)
    codes = chance.sample(sorted(GOODS), given.goods)
    sales = [chance.sample(codes, 10) for _ in range(20)] if given.carts else [[code] for code in codes]
    counts: dict[tuple[str, str], Counter[str]] = {}
    reasons: Counter[str] = Counter()
    for to in given.to:
        for buyer in BUYERS:
            count = counts.setdefault((to, buyer), Counter())
            for origin in given.origin:
                for some in sales if origin != to else ():
                    quote = entrepot.quote(sale(some, origin, to, buyer, given.date))
                    kind = kind_of(quote)
                    count[kind] += 1
                    if kind in ("refused", "at least"):
                        reasons.update(f"{kind} {to} {each}" for each in _open(quote))
    for buyer in BUYERS:
        print(f"{'to':3} {buyer:9} {'figure':>8} {'range':>8} {'at least':>9} {'banned':>8} {'refused':>8}")
        total: Counter[str] = Counter()
        for (to, kind), count in counts.items():
            if kind == buyer:
                total.update(count)
                print(_row(to, count))
        print(_row("all", total))
    if given.why:
        for text, many in reasons.most_common(60):
            print(f"{many:6} {text}")


def _row(name: str, count: Counter[str]) -> str:
    whole = sum(count.values()) or 1
    shares = [f"{100 * count[kind] / whole:.1f} %" for kind in KINDS]
    return f"{name:3} {'':9} {shares[0]:>8} {shares[1]:>8} {shares[2]:>9} {shares[3]:>8} {shares[4]:>8}"


if __name__ == "__main__":
    main()
