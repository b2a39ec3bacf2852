"""Read a duty of the Trade Tariff from its components into a rate of a pack.

A document states a duty twice: as components (amount, currency, unit, and how it joins the parts before it) and as
printed (`10.20 % + 93.10 EUR / 100 kg`). The components decide; the printed text is a check: if they differ, the duty
is not read.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from entrepot.law.grammar import read_rate
from entrepot.model.errors import in_quotes
from entrepot.schedules.formats.gb.document import Component, Measure
from entrepot.schedules.formats.gb.duty_grammar import read_printed

#: Units of measure without a qualifier. A qualifier (net of brine, for each % of sucrose …) makes it another unit.
UNITS = {
    ("GRM", ""): "g",
    ("KGM", ""): "kg",
    ("DTN", ""): "100kg",
    ("TNE", ""): "t",
    ("LTR", ""): "l",
    ("HLT", ""): "hl",
    ("KLT", ""): "1000l",
    ("LPA", ""): "l_alc",
    ("ASV", "X"): "hl_vol",
    ("NAR", ""): "item",
    ("CEN", ""): "100item",
    ("MIL", ""): "1000item",
    ("NPR", ""): "pair",
    ("MTK", ""): "m2",
    ("MTQ", ""): "m3",
}
CURRENCIES = ("GBP", "EUR")

#: How a component joins the parts before it.
PLUS, MINUS, LEAST, MOST = ("01", "04", "19", "20"), ("02",), ("15",), ("17", "35")
#: After a minimum or maximum these add to the bound itself.
BOUND_PLUS = ("19", "20")
NOTHING = "37"
NO_RATE = {
    "12": "it adds an agricultural component",
    "14": "it adds a reduced agricultural component",
    "21": "it adds a duty on sugar",
    "25": "it adds a reduced duty on sugar",
    "27": "it adds a duty on flour",
    "29": "it adds a reduced duty on flour",
    "36": "it takes off a percentage of the CIF price",
    "99": "it is a supplementary unit",
}


def read_duty(measure: Measure) -> str:
    """The rate of a measure. Raises ValueError with the reason if it cannot be read."""
    if measure.meursing:
        raise ValueError("it turns on the contents of milk fat, milk protein, starch and sugar")
    if any(condition.measure_condition_components for condition in measure.measure_conditions):
        raise ValueError("the duty turns on its conditions")
    rate = read_components(measure.measure_components)
    _check_printed(rate, measure)
    return rate


def read_components(components: Sequence[Component]) -> str:
    """The rate of some components. Raises ValueError with the reason if it cannot be read.

    >>> part = Component("01", Decimal("10.2")), Component("04", Decimal("93.1"), "EUR", "DTN")
    >>> read_components(part)
    '10.2 % + 93.1 EUR/100kg'
    >>> read_components([Component("01", Decimal("0"))]), read_components([Component("37")])
    ('free', 'free')
    >>> read_components([Component("01", Decimal(10)), Component("15", Decimal(2), "EUR", "KGM")])
    'max(10 %, 2 EUR/kg)'
    """
    if not components:
        raise ValueError("it has no rate")
    if len(components) == 1 and (components[0].duty_expression_id == NOTHING or components[0].duty_amount == 0):
        _ = components[0].duty_expression_id == NOTHING or _term(components[0])
        return "free"
    rate, bound, compare = "", "", ""
    for place, part in enumerate(components):
        how = part.duty_expression_id
        if how in LEAST or how in MOST:
            if not rate:
                raise ValueError("it begins with a minimum or a maximum")
            rate = _bounded(compare, rate, bound)
            bound, compare = _term(part), "max" if how in LEAST else "min"
        elif how not in PLUS and how not in MINUS:
            raise ValueError(NO_RATE.get(how, f"its part {in_quotes(how)} is not known"))
        elif (how == "01") != (place == 0):
            raise ValueError("its parts do not say how they are joined")
        elif not bound:
            rate = f"{rate} {'-' if how in MINUS else '+'} {_term(part)}" if rate else _term(part)
        elif how in BOUND_PLUS:
            bound = f"{bound} + {_term(part)}"
        else:
            raise ValueError("it does not say whether a part joins the rate or its bound")
    rate = _bounded(compare, rate, bound)
    read_rate(rate)
    return rate


def _bounded(compare: str, rate: str, bound: str) -> str:
    return f"{compare}({rate}, {bound})" if compare else rate


def _term(part: Component) -> str:
    amount = part.duty_amount
    if amount is None or not amount.is_finite() or amount < 0:
        raise ValueError("a part has no amount")
    number = number_of(amount)
    unit = (part.measurement_unit_code or "", part.measurement_unit_qualifier_code or "")
    if not part.monetary_unit_code:
        if unit[0]:
            raise ValueError(f"a percentage is of something else than the value ({' '.join(filter(None, unit))})")
        return f"{number} %"
    if part.monetary_unit_code not in CURRENCIES:
        raise ValueError(f"the currency {part.monetary_unit_code} is not known")
    if unit not in UNITS:
        raise ValueError(f"the unit {' '.join(filter(None, unit)) or 'of an amount'} is not known")
    return f"{number} {part.monetary_unit_code}/{UNITS[unit]}"


def number_of(amount: Decimal) -> str:
    """An amount without trailing zeros.

    >>> number_of(Decimal("93.10")), number_of(Decimal("1E+2"))
    ('93.1', '100')
    """
    return f"{amount.normalize():f}"


def _check_printed(rate: str, measure: Measure) -> None:
    """Raise ValueError if the printed duty differs from the components."""
    words = measure.printed
    try:
        other = read_printed(words)
    except ValueError:
        # If the printed name of a unit is not known, at least each amount must be in the text.
        amounts = [part.duty_amount for part in measure.measure_components if part.duty_amount is not None]
        numbers = Counter(Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", words))
        if Counter(amounts) - numbers:
            raise ValueError(f"its components say {rate}, its words {in_quotes(words)}") from None
    else:
        if other != rate:
            raise ValueError(f"its components say {rate}, its words {in_quotes(words)}")
