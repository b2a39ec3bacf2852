"""The layout of the law in memory: the index of each field in the arrays that the compiled loops read.

A plan is a sequence of whole numbers in one array: a head, the treatments that goods of an origin may claim, and the
regimes with their charges, reliefs and conditions. The head and each regime hold the offsets of their parts. The names
below are the indices of the fields in each part. Amounts are minor units of the importer's currency; -1 means none, or
not known.
"""

from __future__ import annotations

from entrepot.law.rates import MEASURES

#: Measures, quantities and amounts of the input are counted in millionths, so that integers hold them exactly.
MICRO = 1_000_000
#: The largest amount in the loop: a product of a larger one could overflow 64 bits. Such sales are assessed one by one.
MAX_AMOUNT = 1 << 41
#: The largest share, 200 %, that is stored in whole millionths (PPM).
MAX_PPM = 2_000_000

#: The kinds of rate. UNSUPPORTED_RATE: too fine for 64 bits, or in another currency. RANGE: its lowest rate is at
#: RATE_START, its highest at RATE_STOP; -1 where that is not known.
FREE, PPM, SHARE, PROGRAM, UNKNOWN, TEXT, NONE, UNSUPPORTED_RATE, RANGE = range(9)
#: The state of a charge: why it has its amount. From LACKS_ROW on the amount is not known.
NOT_DUE, BY_RATE, RELIEVED = 0, 1, 2
(
    LACKS_ROW,
    LACKS_RATE,
    LACKS_READING,
    LACKS_MEASURE,
    LACKS_EXCHANGE,
    LACKS_CLASS,
    LACKS_PLACE,
    LACKS_STATED,
    LACKS_BASE,
) = range(3, 12)
UNSUPPORTED = 99  # the loop cannot compute this: the sale is assessed one by one
#: The statuses of a treatment, a condition and a regime.
OPEN, CONDITIONAL, CLOSED = 0, 1, 2
PASSED, FAILED, ASSUMED, UNANSWERED = 0, 1, 2, 3
#: Directions of rounding.
DOWN, UP, HALF_UP, HALF_EVEN = range(4)

# The head of a plan.
(
    PLAN_CONVERT_NUM,
    PLAN_CONVERT_DEN,
    PLAN_DECIMALS,
    PLAN_FREIGHT_IN,
    PLAN_INSURANCE_IN,
    PLAN_IMPUTE_INSURANCE_NUM,
    PLAN_IMPUTE_INSURANCE_DEN,
    PLAN_IMPUTE_FREIGHT_NUM,
    PLAN_IMPUTE_FREIGHT_DEN,
    PLAN_ORIGIN_CLASS,
    PLAN_TREATMENTS,
    PLAN_N_TREATMENTS,
    PLAN_REGIMES,
    PLAN_N_REGIMES,
    PLAN_REASONS,
    PLAN_PIECES_ASSUMED,
    PLAN_OWN_DECIMALS,
    PLAN_PROVISIONAL_COLUMN,
    PLAN_IN_OWN_CURRENCY,
    PLAN_PROHIBITIONS,
    PLAN_N_PROHIBITIONS,
    PLAN_SIZE,
) = range(22)

#: PLAN_PIECES_ASSUMED: the sale gives their number; it does not, and is one for conditions only, or for rates too.
PIECES_GIVEN, ONE_FOR_CONDITIONS, ONE_PIECE = range(3)

# A treatment that a line may claim.
(
    TREATMENT_ID,
    TREATMENT_COLUMN,
    TREATMENT_GENERAL,
    TREATMENT_PREFERENCE,
    TREATMENT_PROOF,
    TREATMENT_DIRECT,
    TREATMENT_WAIVER,
    TREATMENT_WAIVER_VALUE,
    TREATMENT_COMPLETE,
    TREATMENT_UNCHECKED,
    TREATMENT_WAIVER_FOREIGN,
    TREATMENT_ROW,
    TREATMENT_MEMBER,
    TREATMENT_SIZE,
) = range(14)

# A regime.
(
    REGIME_ID,
    REGIME_CIF,
    REGIME_VALUE_NUM,
    REGIME_VALUE_DEN,
    REGIME_ROUND_DIR,
    REGIME_ROUND_UNIT,
    REGIME_TREATMENTS,
    REGIME_MANDATORY,
    REGIME_CLOSES,
    REGIME_CHARGES,
    REGIME_N_CHARGES,
    REGIME_RELIEFS,
    REGIME_N_RELIEFS,
    REGIME_CONDITIONS,
    REGIME_N_CONDITIONS,
    REGIME_PROHIBITIONS,
    REGIME_N_PROHIBITIONS,
    REGIME_LIMITS,
    REGIME_N_LIMITS,
    REGIME_REASON_BITS,
    REGIME_COMPARE_BY_DUTY,
    REGIME_COUNTS_PIECES,
    REGIME_ROW,
    REGIME_DUTY_MARGIN,
    REGIME_SIZE,
) = range(25)
#: Which treatments a regime admits; from MODE_ALL on there may be several to compare.
MODE_NONE, MODE_MFN, MODE_ALL, MODE_PREFERENCES = range(4)
TREATMENT_MODES = {"none": MODE_NONE, "mfn": MODE_MFN, "all": MODE_ALL, "preferences": MODE_PREFERENCES}

# A charge.
(
    CHARGE_DUE,
    CHARGE_SOURCE,
    CHARGE_COLUMN,
    CHARGE_RATE,
    CHARGE_ROW,
    CHARGE_INCLUSIVE_NUM,
    CHARGE_INCLUSIVE_DEN,  # 0: the base is a value that a sale does not state
    CHARGE_FACTOR_NUM,
    CHARGE_FACTOR_DEN,
    CHARGE_KEEP_UNFACTORED,
    CHARGE_LINE_DIR,
    CHARGE_LINE_UNIT,
    CHARGE_BASE_UNIT,
    CHARGE_BASE_DIR,
    CHARGE_TOTAL_UNIT,
    CHARGE_TOTAL_DIR,
    CHARGE_BY_LINE,
    CHARGE_WAIVED_BELOW,
    CHARGE_UNLESS,
    CHARGE_BUYER_PAYS,
    CHARGE_IN_COST,
    CHARGE_SUBTOTAL,
    CHARGE_IS_DUTY,
    CHARGE_REQUIRED,
    CHARGE_RECOVERED,
    CHARGE_COMPLETE,
    CHARGE_UNCHECKED,
    CHARGE_TERMS,
    CHARGE_N_TERMS,
    CHARGE_CLASSES,
    CHARGE_N_CLASSES,
    CHARGE_ENDS_RELIEF_SUM,
    CHARGE_PLAIN,
    CHARGE_RELIEFS,
    CHARGE_BY_PLACE,  # the sale gives no state or province, and the tax has other rates in some
    CHARGE_ELSEWHERE,  # the sale gives no state or province, and only in some the charge is due
    CHARGE_CELLS,  # the columns of which one must have a cell for the charge to concern goods (see below)
    CHARGE_SIMPLE,  # where no relief holds it is its rate on the sum of its terms (see `simple_charges`)
    CHARGE_SIZE,
) = range(39)
#: Bits of CHARGE_CELLS, and of the last number of a code: a column with a lower number; all goods.
CELL_BITS, ANY_GOODS = 59, 1 << 59
LITERAL, TARIFF, TAX, ADDITIONAL = range(4)
DUTIES, TAXES, FEES = range(3)

# A term of a base: one of the five price parts, or an earlier charge by its index (its amount before the charge's
# factor where UNFACTORED).
TERM_VALUE, TERM_CHARGE, TERM_UNFACTORED, TERM_UNIT, TERM_DIR, TERM_SIZE = range(6)

# A tax class: what its goods owe where the sale is taxed; class 0 is for goods without a row that says their class.
CLASS_STATE, CLASS_BANDS, CLASS_ASSUMED, CLASS_RATES, CLASS_N_RATES, CLASS_SIZE = range(6)
# A rate of a tax class: for bases OVER a value and UP_TO another.
(
    RATE_CHOICE_RATE,
    RATE_CHOICE_OVER,
    RATE_CHOICE_UP_TO,
    RATE_CHOICE_FLOOR,
    RATE_CHOICE_CAP,
    RATE_CHOICE_ROW,
    RATE_CHOICE_SIZE,
) = range(7)

# A relief: holds up to LIMIT; where it counts per item, up to NUM / DEN for each piece. Where the limit has no exchange
# rate: it holds up to SURE, and above OPEN it does not.
(
    RELIEF_VALUE,
    RELIEF_ITEM,
    RELIEF_BELOW,
    RELIEF_KNOWN,
    RELIEF_LIMIT,
    RELIEF_NUM,
    RELIEF_DEN,
    RELIEF_FOREIGN,
    RELIEF_GOODS,
    RELIEF_EXCLUDES,
    RELIEF_RELIEVES,
    RELIEF_AFTER,
    RELIEF_SUMS,
    RELIEF_ROW,
    RELIEF_SURE,
    RELIEF_OPEN,
    RELIEF_SIZE,
) = range(17)

# A condition. OUTCOME: its result where no value of the line decides it.
(
    CONDITION_TEST,
    CONDITION_VALUE,
    CONDITION_ITEM,
    CONDITION_KNOWN,
    CONDITION_LIMIT,
    CONDITION_NUM,
    CONDITION_DEN,
    CONDITION_FOREIGN,
    CONDITION_GOODS,
    CONDITION_LIST,
    CONDITION_COLUMN,
    CONDITION_FAILING_NAME,
    CONDITION_ASSUME,
    CONDITION_ASSERTED,
    CONDITION_UNCHECKED,
    CONDITION_OUTCOME,
    CONDITION_REFERENCE_RATE,
    CONDITION_DECIMALS,
    CONDITION_INDEX,
    CONDITION_SIZE,
) = range(20)
(
    TEST_AT_MOST,
    TEST_BELOW,
    TEST_AT_LEAST,
    TEST_ABOVE,
    TEST_ANNUAL,
    TEST_SINGLE,
    TEST_SEVERAL,
    TEST_LISTED,
    TEST_IN,
    TEST_NOT_IN,
    TEST_FIXED,
    TEST_LITRE,
) = range(12)
YES, NO, MAYBE = 0, 1, 2


# The array begins with the law: the offsets of its groups, of the trust of its rows and of whether they have a vintage,
# then its rates. Plans follow.
# References to a rate or to an entry of a group are offsets in the array.
LAW_GROUPS, LAW_UNCHECKED, LAW_VINTAGES, LAW_SIZE = range(4)
# A rate: its kind, its share (of a program over WHOLE), whether it counts pieces, and its program over DEN.
RATE_KIND, RATE_NUM, RATE_DEN, RATE_PIECES, RATE_START, RATE_STOP, RATE_WHOLE, RATE_SIZE = range(8)
# A step of a program. Its factor is -1 where it is in a currency without an exchange rate.
#: The operations of a step; up to OP_VALUE they push a number, the others combine two. OP_UNIT_SUBTRACTED: an amount by
#: a measure that the next step subtracts.
OP_SHARE, OP_UNIT, OP_UNIT_SUBTRACTED, OP_FLAT, OP_VALUE, OP_ADD, OP_SUB, OP_MAX, OP_MIN = range(9)
STEP_OP, STEP_FACTOR, STEP_MEASURE, STEP_SIZE = range(4)
# An entry (one row of a group): its rate, its row of law, its tax class, and the unit values that it requires.
ENTRY_RATE, ENTRY_BASIS, ENTRY_CLASS, ENTRY_UNIT_START, ENTRY_UNIT_STOP, ENTRY_SIZE = range(6)
# A unit value: customs value per unit of a measure.
UNIT_MEASURE, UNIT_NUM, UNIT_DEN, UNIT_SIZE = range(4)

# The schedule: `schedule[column, row]` holds the group; in a column of tax classes also the class plus one (0: none,
# -1: it depends on a unit value) and the row of law that says so. `entries[origin class, group]` is the entry of a
# group that applies to an origin.
CELL_GROUP, CELL_SLOT, CELL_SLOT_ROW, CELL_SIZE = range(4)

# The numbers of the table, `lines[line, column]`, in millionths of major units, kilograms, pieces …; ABSENT where a
# cell is empty. `columns` gives the column of each of `law.rates.MEASURES`, then of the pieces as the sale counts them,
# then of the costs and quantities below; -1 for none.
# FACTS: what a candidate takes of the facts that a sale leaves open, and which of them the loop needed, as bits.
LINE_PLAN, LINE_GOODS, LINE_AMOUNT, LINE_FACTS = range(4)
COLUMN_COUNTED, COLUMN_SHIPPING, COLUMN_INSURANCE, COLUMN_DISCOUNT, COLUMN_QUANTITY, COLUMN_SPENT, COLUMN_SIZE = range(
    len(MEASURES), len(MEASURES) + 7
)
#: The places of pieces and of litres in `MEASURES`.
ITEMS, LITRES = MEASURES.index("item"), MEASURES.index("l")

# The result of a line, adjacent in memory so that it is written in one place. WORDS packs regime, treatment, status and
# fault (12 bits each from the lowest, each plus one), and whether an amount that the buyer pays is not known.
# UNSUPPORTED stays 1 where the loop cannot compute the line: it is assessed one by one. DETAIL: what decides the
# sentence of a refusal besides its code: the regime, and its charge, condition or treatment (see `choose`).
(
    RESULT_WORDS,
    RESULT_REASONS,
    RESULT_DUTIES,
    RESULT_TAXES,
    RESULT_FEES,
    RESULT_LANDED,
    RESULT_UNSUPPORTED,
    RESULT_DETAIL,
    RESULT_SIZE,
) = range(9)


#: Bits of LINE_FACTS. A candidate takes the highest of rates known as a range; one is decided; classes of tax that
#: depend on the value of a unit are decided, and are those above it; limits that lack an exchange rate are decided, and
#: the value is beyond them.
HIGH_END, END_GIVEN, CLASS_GIVEN, CLASS_ABOVE, LIMIT_GIVEN, BEYOND_LIMIT = 1, 2, 4, 8, 16, 32
#: The loop came upon a range, a tax that differs by state or province, a class that depends on the value of a unit, a
#: limit that lacks an exchange rate. From FOUND_CHARGE on, the first charge that lacks a place or a class: its regime
#: (10 bits), its place in it, plus one (10 bits), and where the regime is in the plan.
FOUND_CHARGE = 16
FOUND_RANGE, FOUND_PLACE, FOUND_CLASS, FOUND_LIMIT = 64, 128, 256, 512
#: A candidate on which the regimes that an open mandatory one closes are assessed too.
EVERY_REGIME = 1024
#: Bits of RESULT_WORDS: an amount is not known; figures that differ between candidates; no highest amount is known.
AT_LEAST_BIT, NO_DUTIES, NO_TAXES, NO_FEES, NO_FIGURE, NO_HIGHEST = range(48, 54)

#: An empty cell; one that the loop cannot read; a number above zero that is finer than millionths or too large.
ABSENT = -(1 << 62)
UNREADABLE = ABSENT + 1
TOO_FINE = ABSENT + 2
