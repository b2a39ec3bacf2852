"""Match documents rule by rule, exactly, with a result that says what was compared and holds no personal data."""

from __future__ import annotations

import decimal
import hashlib
import hmac
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any, TypeAlias

import msgspec

from entrepot.trade.match.documents import DECIMALS, PERSONAL, Documents, ListLine, OrderLine
from entrepot.trade.match.rules import (
    RULES,
    AtMost,
    Equal,
    EqualLines,
    Is,
    LineTotals,
    Listed,
    Rule,
    SameLines,
    Stated,
    Sum,
    Test,
)

PASSED, FAILED = "passed", "failed"
#: A field that the rule needs is missing.
NOT_CHECKABLE = "not_checkable"
#: The rule does not concern these documents, or a setting turns it off.
NOT_APPLICABLE = "not_applicable"

#: Makes of a personal value what the result may hold.
Mask: TypeAlias = Callable[[str], str]
Line: TypeAlias = OrderLine | ListLine

# Enough digits for the product of two numbers of 19 digits: nothing is rounded without a name.
_EXACT = decimal.Context(prec=60, traps=[decimal.Inexact, decimal.InvalidOperation])
_ROUNDED = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_UP)
_LAST_PLACE = Decimal(1).scaleb(-DECIMALS)


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of a match.

    `buyers_authenticated`: the platform has authenticated the buyer's identity, so that another person may pay.
    `listed`: for commodity codes, by their first eight digits, whether they are on the list of goods for retail import;
    a code that it lacks is not known.
    """

    buyers_authenticated: bool = False
    listed: Mapping[str, bool] = {}


class Comparison(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """One comparison of a rule. `left`, `right`: fields, or what is computed from them, each with its value.

    A line is named by its number: `order.lines[1].price`. A personal value is masked. `missing`: fields without which
    it is not checkable.
    """

    left: str
    left_value: str | None
    right: str
    right_value: str | None
    outcome: str
    missing: tuple[str, ...] = ()


class RuleResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """The outcome of one rule, with its comparisons, its source (an id of `trade.sources`) and its trust."""

    rule: str
    says: str
    outcome: str
    source: str
    where: str
    trust: str
    comparisons: tuple[Comparison, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The fields that are missing, each once."""
        return tuple(dict.fromkeys(name for each in self.comparisons for name in each.missing))


class Match(msgspec.Struct, frozen=True):
    """The results of all rules. `outcome`: failed if one failed; else not checkable if one is; else passed."""

    outcome: str
    rules: tuple[RuleResult, ...]

    def of(self, outcome: str) -> tuple[RuleResult, ...]:
        """The results with an outcome."""
        return tuple(each for each in self.rules if each.outcome == outcome)


class Field(msgspec.Struct, frozen=True, gc=False):
    """A field of the documents, by its full name, with its value; `masked`: as the result may hold it."""

    name: str
    value: Any
    masked: str | None


def match(documents: Documents, *, mask: Mask, settings: Settings | None = None) -> Match:
    """Match the documents of one order by all rules. `mask`: makes a keyed hash or a hidden form of personal values.

    >>> from entrepot.trade.match.documents import Order, Payment
    >>> found = match(Documents(order=Order(paid=Decimal("109.10")), payment=Payment(amount=Decimal("109.11"))),
    ...     mask=hidden)
    >>> found.outcome, [(each.rule, each.comparisons[0].left_value) for each in found.of(FAILED)]
    ('failed', [('amount.payment', '109.11')])
    """
    reading = _Reading(documents, mask, settings or Settings())
    results = tuple(_result(rule, reading) for rule in RULES)
    return Match(_worst([each.outcome for each in results]), results)


def keyed_hash(key: bytes) -> Mask:
    """A mask that makes the HMAC-SHA256 of a value: equal values stay equal, and nobody without the key reads them.

    >>> hashed = keyed_hash(b"key of this node")
    >>> hashed("11010519491231002X") == hashed("11010519491231002X"), len(hashed("11010519491231002X"))
    (True, 64)
    """
    return lambda value: hmac.digest(key, value.encode(), hashlib.sha256).hex()


def hidden(value: str) -> str:
    """A mask for pages: the first and the last sign, and how many are between; nothing of a value of up to three.

    >>> hidden("11010519491231002X"), hidden("张伟")
    ('1••••••••••••••••X', '••')
    """
    return "•" * len(value) if len(value) <= 3 else f"{value[0]}{'•' * (len(value) - 2)}{value[-1]}"


class _Reading:
    """The documents as the tests read them."""

    def __init__(self, documents: Documents, mask: Mask, settings: Settings) -> None:
        self.documents, self.mask, self.settings = documents, mask, settings
        self._fields: dict[str, Field] = {}
        self._line_fields: dict[tuple[str, int, object, str], Field] = {}
        self.list_lines = _by_number(documents.list.lines if documents.list else ())
        self.order_lines = _by_number(documents.order.lines if documents.order else ())

    def field(self, name: str) -> Field:
        """A field of a document, by its name: `order.paid`."""
        field = self._fields.get(name)
        if field is None:
            document, _, attribute = name.partition(".")
            found = getattr(self.documents, document)
            field = self._of(name, None if found is None else getattr(found, attribute), attribute)
            self._fields[name] = field
        return field

    def of_line(self, document: str, line: Line | None, number: object, attribute: str) -> Field:
        """A field of a line."""
        key = (document, id(line), number, attribute)
        field = self._line_fields.get(key)
        if field is None:
            value = None if line is None else getattr(line, attribute)
            field = self._of(f"{document}.lines[{number}].{attribute}", value, attribute)
            self._line_fields[key] = field
        return field

    def every(self, name: str) -> Iterator[Field]:
        """A field, or that of each line if the name is one of lines: `order.lines.total`."""
        document, _, attribute = name.partition(".lines.")
        if not attribute:
            yield self.field(name)
            return
        lines = self.lines(document)
        if not lines:
            yield Field(f"{document}.lines", None, None)
        for at, line in enumerate(lines, 1):
            yield self.of_line(document, line, line.number or f"#{at}", attribute)

    def lines(self, document: str) -> tuple[Line, ...]:
        """The lines of the order or the list."""
        found = getattr(self.documents, document)
        return found.lines if found is not None else ()

    def _of(self, name: str, value: Any, attribute: str) -> Field:
        if isinstance(value, Decimal):
            return Field(name, value, format(value, "f"))
        if value is None or value == "":
            return Field(name, None, None)
        return Field(name, value, self.mask(str(value)) if attribute in PERSONAL else str(value))


def _by_number(lines: tuple[Line, ...]) -> dict[int, Line]:
    """The lines by number, without those whose number is missing or occurs twice."""
    found: dict[int, Line] = {}
    twice = set()
    for line in lines:
        if line.number is not None:
            if line.number in found:
                twice.add(line.number)
            found[line.number] = line
    return {number: line for number, line in found.items() if number not in twice}


def _compared(left: Field, right: Field, holds: Callable[[Any, Any], bool]) -> Comparison:
    if left.value is None or right.value is None:
        missing = tuple(each.name for each in (left, right) if each.value is None)
        return Comparison(left.name, left.masked, right.name, right.masked, NOT_CHECKABLE, missing)
    outcome = PASSED if holds(left.value, right.value) else FAILED
    return Comparison(left.name, left.masked, right.name, right.masked, outcome)


def _equals(left: Any, right: Any) -> bool:
    return bool(left == right)


def _equal(test: Equal, reading: _Reading) -> Iterator[Comparison]:
    for left, right in test.pairs:
        stated = reading.field(left)
        if not test.optional or stated.value is not None:
            yield _compared(stated, reading.field(right), _equals)


def _equal_lines(test: EqualLines, reading: _Reading) -> Iterator[Comparison]:
    listed, ordered = reading.list_lines, reading.order_lines
    for document, lines in (("list", listed), ("order", ordered)):
        if not lines:
            yield Comparison(f"{document}.lines", None, "", None, NOT_CHECKABLE, (f"{document}.lines",))
    if not listed or not ordered:
        return
    for number in sorted(listed.keys() | ordered.keys()):
        for name in test.fields:
            yield _compared(
                reading.of_line("list", listed.get(number), number, name),
                reading.of_line("order", ordered.get(number), number, name),
                _equals,
            )


def _same_lines(_: SameLines, reading: _Reading) -> Iterator[Comparison]:
    left, right = _numbers("list", reading), _numbers("order", reading)
    yield _compared(left, right, lambda listed, ordered: listed == ordered and len(set(listed)) == len(listed))


def _numbers(document: str, reading: _Reading) -> Field:
    """The numbers of the lines of a document, sorted; missing if one is."""
    numbers = [line.number for line in reading.lines(document)]
    stated = sorted(number for number in numbers if number is not None)
    if not stated or len(stated) < len(numbers):
        return Field(f"{document}.lines.number", None, None)
    return Field(f"{document}.lines.number", stated, " ".join(map(str, stated)))


def _sum(test: Sum, reading: _Reading) -> Iterator[Comparison]:
    total, missing = Decimal(), []
    for sign, names in (("+", test.plus), ("-", test.minus)):
        for name in names:
            for field in reading.every(name):
                if field.value is None:
                    missing.append(field.name)
                else:
                    total = (_EXACT.add if sign == "+" else _EXACT.subtract)(total, field.value)
    name = " + ".join(test.plus) + "".join(f" - {name}" for name in test.minus)
    left = reading.field(test.field)
    if missing:
        missing = [left.name, *missing] if left.value is None else missing
        yield Comparison(left.name, left.masked, name, None, NOT_CHECKABLE, tuple(missing))
    else:
        yield _compared(left, Field(name, total, format(total, "f")), _equals)


def _line_totals(test: LineTotals, reading: _Reading) -> Iterator[Comparison]:
    lines = reading.lines(test.document)
    if not lines:
        yield Comparison(f"{test.document}.lines", None, "", None, NOT_CHECKABLE, (f"{test.document}.lines",))
    for at, line in enumerate(lines, 1):
        total, price, quantity = (
            reading.of_line(test.document, line, line.number or f"#{at}", name)
            for name in ("total", "price", "quantity")
        )
        name = f"{price.name} * {quantity.name}"
        if price.value is None or quantity.value is None:
            missing = tuple(each.name for each in (total, price, quantity) if each.value is None)
            yield Comparison(total.name, total.masked, name, None, NOT_CHECKABLE, missing)
        else:
            product = _ROUNDED.quantize(_EXACT.multiply(price.value, quantity.value), _LAST_PLACE)
            yield _compared(total, Field(name, product, format(product, "f")), _equals)


def _is(test: Is, reading: _Reading) -> Iterator[Comparison]:
    allowed = Field("", test.allowed, " ".join(map(str, test.allowed)))
    for name in test.fields:
        for field in reading.every(name):
            yield _compared(field, allowed, lambda left, right: left in right)


def _at_most(test: AtMost, reading: _Reading) -> Iterator[Comparison]:
    yield _compared(reading.field(test.left), reading.field(test.right), lambda left, right: left <= right)


def _stated(test: Stated, reading: _Reading) -> Iterator[Comparison]:
    mode = reading.field("list.mode")
    if mode.value is None:
        yield Comparison(mode.name, None, "", None, NOT_CHECKABLE, (mode.name,))
    if mode.value not in test.modes:
        return
    for name in test.fields:
        for field in reading.every(name):
            outcome = FAILED if field.value is None else PASSED
            yield Comparison(field.name, field.masked, "", None, outcome)
    for name in test.left_out:
        field = reading.field(name)
        if field.value is not None:
            yield Comparison(field.name, field.masked, "", None, FAILED)


def _listed(_: Listed, reading: _Reading) -> Iterator[Comparison]:
    for code in reading.every("list.lines.code"):
        known = None if code.value is None else reading.settings.listed.get(code.value[:8])
        name = "listed" if code.value is None else f"listed[{code.value[:8]}]"
        text = None if known is None else "yes" if known else "no"
        yield _compared(code, Field(name, known, text), lambda _, right: bool(right))


_TESTS: dict[type[Test], Callable[[Any, _Reading], Iterator[Comparison]]] = {
    Equal: _equal,
    EqualLines: _equal_lines,
    SameLines: _same_lines,
    Sum: _sum,
    LineTotals: _line_totals,
    Is: _is,
    AtMost: _at_most,
    Stated: _stated,
    Listed: _listed,
}


def _result(rule: Rule, reading: _Reading) -> RuleResult:
    comparisons = tuple(_TESTS[type(rule.test)](rule.test, reading))
    if not comparisons or (rule.unless and getattr(reading.settings, rule.unless)):
        outcome = NOT_APPLICABLE
    else:
        outcome = _worst([each.outcome for each in comparisons])
    return RuleResult(rule.id, rule.says, outcome, rule.source, rule.where, rule.trust, comparisons)


def _worst(outcomes: list[str]) -> str:
    """Failed before not checkable before passed."""
    return FAILED if FAILED in outcomes else NOT_CHECKABLE if NOT_CHECKABLE in outcomes else PASSED
