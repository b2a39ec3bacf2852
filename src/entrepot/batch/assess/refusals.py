"""The field and the sentence of each refusal of the compiled loop: those of the single quote.

The loop gives the code of a refusal and what decides its sentence (`layout.RESULT_DETAIL`). For each of these
the engine quotes one row, and the sentence is kept; where it names the code of the goods, each row gets its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from entrepot.batch.assess.answer_columns import LoopResults
from entrepot.batch.kernel import layout
from entrepot.batch.kernel.compiler import compiled_with_arrays
from entrepot.batch.kernel.reasons import REASON_CODES, REASON_NUMBER
from entrepot.batch.plans.encode import number_keys, number_rows
from entrepot.batch.plans.plan_cache import PlanCache, PreparedLaw, SalePlan
from entrepot.batch.rows.answers import SENTENCE, WORD
from entrepot.batch.rows.columns import Columns
from entrepot.batch.rows.context import LawContext
from entrepot.batch.rows.fault_messages import reason_message
from entrepot.batch.rows.sales import column_of_param, read_sales
from entrepot.engine.flow.explain import explain
from entrepot.engine.rules.reasons import reason
from entrepot.law.compiled import Law
from entrepot.law.rates import MEASURES
from entrepot.model.errors import EntrepotError
from entrepot.model.quote import Reason

#: Reasons whose sentence depends on the rate and on which measures the line gives, and on the class of tax that it
#: states.
MEASURE_MISSING, UNKNOWN_CLASS = REASON_NUMBER["measure.missing"], REASON_NUMBER["tax_class.unknown"]
#: The reason whose sentence depends on the plan and on the code, for a range of any charge. A measure that is not given
#: makes a rate a range too. The engine tells which of these the fault is.
RANGE, RANGE_OF_TAX, RANGE_OF_FEE = (REASON_NUMBER[code] for code in ("rate.range", "rate.range_tax", "rate.range_fee"))
UNSTATED = REASON_NUMBER["base.unstated"]
OF_RANGE = {REASON_CODES[number]: number for number in (RANGE, RANGE_OF_TAX, RANGE_OF_FEE, UNSTATED, MEASURE_MISSING)}
#: Digits of a line of a national schedule (as `engine.flow.candidates.NATIONAL`).
NATIONAL = 8
#: The most reasons that are kept.
MAX_REASONS = 100_000
#: Reasons whose sentence depends on the code alone, in more than its digits.
OF_CODE = (*(number for code, number in REASON_NUMBER.items() if code.startswith("hs_code.")), RANGE)


class GoodsCells(NamedTuple):
    """The code of each row: its place among the known ones."""

    places: Any
    known: list[Any]

    def are_short(self) -> Any:
        """Whether the code of each row is shorter than a line of a national schedule."""
        digits = [len(each.replace(".", "").replace(" ", "")) if isinstance(each, str) else 0 for each in self.known]
        return np.array([each < NATIONAL for each in digits], np.bool_)[self.places]


class RefusalDetails(NamedTuple):
    """For each row the index of its sentence and of its field, -1 for none."""

    sentences: Any
    sentence_words: list[str]
    fields: Any
    field_words: list[str]

    def columns(self, mask: Any) -> dict[str, Any]:
        """The columns `fault_field` and `fault_message` of the rows in the mask."""
        sentences, fields = (self.sentences, self.fields) if mask.all() else (self.sentences[mask], self.fields[mask])
        return {
            "fault_message": _column(sentences, self.sentence_words, SENTENCE),
            "fault_field": _column(fields, self.field_words, WORD),
        }


def _column(indices: Any, words: list[str], form: Any) -> Any:
    given = pa.array(indices.astype(form.index_type.to_pandas_dtype()), mask=indices < 0)
    return pa.DictionaryArray.from_arrays(given, pa.array(words, pa.string()))


def refusal_details(
    batch: Any,
    columns: Columns,
    context: LawContext,
    cache: PlanCache,
    results: LoopResults,
    plans: list[SalePlan],
    laws: Sequence[PreparedLaw],
    numbers: Any,
    goods: GoodsCells,
    measures: Any,
) -> RefusalDetails:
    """The details of all refused rows; a row whose sentence the engine does not confirm is marked as unsupported.

    `measures`: for rows the measures that they give, as bits.
    """
    rows, faults = _refused_rows(results.lines)
    many = len(results.lines)
    found = RefusalDetails(np.full(many, -1, np.int32), [], np.full(many, -1, np.int16), [])
    if not len(rows):
        return found
    keys = _keys(rows, faults, results, plans, numbers, goods, measures)
    inverse, firsts = number_rows([_coded(key) for key in keys], len(rows))
    with cache.lock:
        reasons = [
            _reason_of(row, key, batch, columns, context, cache, plans, str(goods.known[goods.places[row]]))
            for row, *key in zip(rows[firsts].tolist(), *(key[firsts].tolist() for key in keys), strict=True)
        ]
    confirmed = np.array([each is not None for each in reasons])
    results.lines[rows[~confirmed[inverse]], layout.RESULT_UNSUPPORTED] = 1
    told = np.array([-1 if each is None else OF_RANGE.get(each.code, -1) for each in reasons], np.int64)[inverse]
    _write_faults(rows[told >= 0], told[told >= 0], results)
    of_reasons = [laws[number].law for number in keys[1][firsts].tolist()]
    _write_sentences(rows, reasons, of_reasons, inverse, goods, columns.language, found)
    return found


@compiled_with_arrays
def _refused_rows(lines: Any) -> tuple[Any, Any]:
    """The rows that the loop refuses, and the number of the reason of each."""
    rows, faults, many = np.empty(len(lines), np.int64), np.empty(len(lines), np.int64), 0
    for i in range(len(lines)):
        fault = (lines[i, layout.RESULT_WORDS] >> 36 & 4095) - 1
        rows[many], faults[many] = i, fault
        many += fault >= 0 and lines[i, layout.RESULT_UNSUPPORTED] == 0
    return rows[:many].copy(), faults[:many].copy()


def _write_faults(rows: Any, faults: Any, results: LoopResults) -> None:
    """Writes the codes of the refusals of rows."""
    words = results.lines[rows, layout.RESULT_WORDS]
    results.lines[rows, layout.RESULT_WORDS] = words & ~(4095 << 36) | (faults + 1) << 36


def _keys(
    rows: Any, faults: Any, results: LoopResults, plans: list[SalePlan], numbers: Any, goods: GoodsCells, measures: Any
) -> list[Any]:
    """What decides the sentence of each refused row: the fault, its law and detail, and for some its plan or code."""
    laws = np.array([each.law_number for each in plans], np.int64)[numbers[rows]]
    has_sentence = np.array([each.reason is not None for each in plans])[numbers[rows]]
    extra, of_plan = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    for code in OF_CODE:
        extra[faults == code] = goods.places[rows[faults == code]]
    of_measures = (faults == MEASURE_MISSING) | (faults == RANGE)
    extra[of_measures] = goods.places[rows[of_measures]] << len(MEASURES) | measures(rows[of_measures])
    alone = (faults == UNKNOWN_CLASS) | of_measures | has_sentence
    of_plan[alone] = numbers[rows[alone]] + 1
    return [faults, laws, results.lines[rows, layout.RESULT_DETAIL], extra, of_plan]


def _coded(values: Any) -> tuple[Any, int]:
    """Values as small numbers, and how many there are."""
    indices, firsts = number_keys(np.ascontiguousarray(values, np.int64))
    return indices, len(firsts)


def _reason_of(
    row: int,
    key: list[int],
    batch: Any,
    columns: Columns,
    context: LawContext,
    cache: PlanCache,
    plans: list[SalePlan],
    code: str,
) -> Reason | None:
    """The reason of a refusal, by quoting one row that has it; None where the engine gives another.

    `key`: as `_keys`; `code`: that of the row's goods.
    """
    fault, law, detail, extra, of_plan = key
    plan = plans[of_plan - 1] if of_plan else None
    if plan is not None and plan.reason is not None:
        return plan.reason
    # The place of a code or of a plan is that of one batch.
    lasting: tuple[int | str, ...] = (fault, law, detail, extra)
    if fault in OF_CODE or fault == MEASURE_MISSING:
        given = extra % (1 << len(MEASURES)) if fault in (MEASURE_MISSING, RANGE) else 0
        lasting = (fault, law, code, detail, plan.at if plan else 0, given)
    # These sentences depend on the class of tax that the line states, which no part of the key says.
    by_class = fault == UNKNOWN_CLASS or (fault == RANGE and "tax_class" in columns.fields())
    known = None if by_class else cache.reasons.get(lasting)
    if known is None:
        try:
            (request,) = read_sales(batch.slice(row, 1), columns)
            assessed = context.assess(context.read_request(request.sale, columns.on))
        except EntrepotError:
            return None
        quote = explain(assessed)
        known = quote.assessment.reasons[0] if quote.best is None and quote.assessment.reasons else None
        if known is None or known.code not in (OF_RANGE if fault == RANGE else (REASON_CODES[fault],)):
            return None
        if by_class:
            return known
        if len(cache.reasons) >= MAX_REASONS:
            cache.reasons.clear()
        cache.reasons[lasting] = known
    return known


def _write_sentences(
    rows: Any,
    reasons: list[Reason | None],
    laws: list[Law],
    inverse: Any,
    goods: GoodsCells,
    language: str,
    found: RefusalDetails,
) -> None:
    """Writes the sentence and the field of each row; a sentence with the code of the goods for each code.

    `laws`: that of each reason.
    """
    of_reason = np.full(len(reasons), -1, np.int32)
    fields = np.full(len(reasons), -1, np.int16)
    names: dict[str, int] = {}
    for place, each in enumerate(reasons):
        if each is None:
            continue
        if each.param:
            fields[place] = names.setdefault(column_of_param(each.param)[0], len(names))
        of_reason[place] = len(found.sentence_words)
        found.sentence_words.append(reason_message(each, language, laws[place]))
    found.field_words.extend(names)
    found.sentences[rows], found.fields[rows] = of_reason[inverse], fields[inverse]
    by_code = np.array([each is not None and "code" in each.values for each in reasons])
    selected = by_code[inverse]
    if not selected.any():
        return
    pairs = inverse[selected] * len(goods.known) + goods.places[rows[selected]]
    back, firsts = number_keys(pairs)
    before = len(found.sentence_words)
    for pair in pairs[firsts].tolist():
        each, code = reasons[pair // len(goods.known)], str(goods.known[pair % len(goods.known)])
        if each is None:
            raise AssertionError("only reasons with a code are selected")
        given = {**each.values, "code": code.replace(".", "").replace(" ", "")}
        sentence = reason(each.code, None, **given)
        found.sentence_words.append(reason_message(sentence, language, laws[pair // len(goods.known)]))
    found.sentences[rows[selected]] = back + before


def given_measures(lines: Any, columns_of_fields: Any, rows: Any) -> Any:
    """Which measures some rows give, as bits."""
    bits = np.zeros(len(rows), np.int64)
    for measure in range(len(MEASURES)):
        column = columns_of_fields[measure]
        if column >= 0:
            bits |= (lines[rows, column] != layout.ABSENT).astype(np.int64) << measure
    return bits
