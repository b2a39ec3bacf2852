"""The units of the United States' schedule, and rates of a pack written in the schedule's words."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

#: Litres in a barrel: 42 gallons of 231 cubic inches, with an inch of 25.4 mm; 42 x 231 x 16.387064 ml, exactly.
BARREL = "158.987294928l"

#: Pure alcohol in a proof liter, which is a liter of spirit of 50 % vol. (100 proof): half a liter.
PROOF_LITER = "0.5l_alc"

#: Unit as the schedule writes it -> unit of a pack; empty if no line of a sale is counted in it.
UNITS: dict[str, str] = {
    "kg": "kg",
    "g": "g",
    "t": "t",
    "liter": "l",
    "pf. liter": PROOF_LITER,
    "pf.liter": PROOF_LITER,
    "bbl": BARREL,
    "head": "head",
    "No.": "item",
    "article": "item",
    "pack": "item",
    "doz.": "dozen",
    "gross": "144item",
    "1000": "1000item",
    "1,000": "1000item",
    "thousand": "1000item",
    "pr.": "pair",
    "prs.": "pair",
    "m2": "m2",
    "m²": "m2",
    "m3": "m3",
    "m³": "m3",
    "carat": "0.2g",
    "m": "m",
    "lin. m": "m",
    "clean kg": "",
    "jewel": "",
    "line/gross": "",
    "1,000 pins": "",
}

#: The usual word of a unit, to write a rate.
WORDS = {"item": "each", "l": "liter", "dozen": "doz.", "pair": "pr.", "144item": "gross", "1000item": "1000"}
WORDS |= {PROOF_LITER: "pf. liter", BARREL: "bbl", "0.2g": "carat"}


def number(text: str) -> str:
    """A decimal without trailing zeros.

    >>> number("6.58170"), number("100")
    ('6.5817', '100')
    """
    plain = format(Decimal(text), "f")
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def write_text(rate: str) -> str:
    """A rate of a pack in the words of the schedule.

    >>> write_text("0.025 USD/kg + 8.5 %"), write_text("1.61 USD/item"), write_text("1/3"), write_text("free")
    ('2.5¢/kg + 8.5%', '$1.61 each', '33 1/3%', 'Free')
    """
    if rate == "free":
        return "Free"
    if rate.startswith("text:"):
        return rate.removeprefix("text:")
    return " + ".join(write_term(term) for term in rate.split(" + "))


def write_term(term: str) -> str:
    """One term of a rate; a unit that no pack has is written unchanged.

    >>> write_term("0.206 USD/clean kg"), write_term("0.05 USD/158.987294928l"), write_term("0.00025 USD/1000item")
    ('20.6¢/clean kg', '5¢/bbl', '0.025¢/1000')
    """
    if term.endswith(" %"):
        return f"{term.removesuffix(' %')}%"
    if "USD" not in term:
        whole, rest = divmod(Fraction(term) * 100, 1)
        return f"{whole} {rest.numerator}/{rest.denominator}%"
    dollars, _, unit = term.partition(" USD")
    amount = Decimal(dollars)
    cents = max(2, len(number(dollars).partition(".")[2])) if "." in number(dollars) else 0
    money = f"${amount:.{cents}f}" if amount >= 1 else f"{number(str(amount * 100))}¢"
    word = WORDS.get(unit[1:], unit[1:])
    return f"{money} each" if word == "each" else f"{money}/{word}" if word else money
