"""form: how the law lies in memory for the loop over lines.

A plan is one run of whole numbers: a head, the treatments that goods of an origin may claim, and the regimes with their
charges, reliefs and conditions, each at the offsets that stand before it. The names below are the places in each part.
Amounts are minor units of the importer's currency; -1 stands for nothing, or not known.
"""

from __future__ import annotations

#: Measures and quantities are counted in millionths, so that whole numbers hold them.
MICRO = 1_000_000
#: No amount in the loop may be larger, or a product could leave 64 bits: such a sale is walked by itself.
LARGEST = 1 << 41
#: Shares up to 200 % that are whole millionths are multiplied by those.
MOST_PPM = 2_000_000

#: The kinds of rate. FAR: too fine for 64 bits, or in another currency.
FREE, PPM, SHARE, PROGRAM, UNKNOWN, TEXT, NONE, FAR = range(8)
#: Why a charge has its amount; from LACKING on it is not known.
BEARS_NOT, BY_RATE, RELIEVED = 0, 1, 2
LACKS_ROW, LACKS_RATE, LACKS_READING, LACKS_MEASURE, LACKS_EXCHANGE, LACKS_CLASS, LACKS_PLACE, LACKS_STATED = range(
    3, 11
)
BEYOND = 99  # the loop cannot tell: the sale is walked by itself
#: The statuses of a treatment, a condition and a regime.
OPEN, CONDITIONAL, CLOSED = 0, 1, 2
PASSED, FAILED, ASSUMED, ASKED = 0, 1, 2, 3
#: Directions of rounding.
DOWN, UP, HALF_UP, HALF_EVEN = range(4)

# The head of a plan.
(
    H_CONVERT_NUM,
    H_CONVERT_DEN,
    H_DECIMALS,
    H_FREIGHT_IN,
    H_INSURANCE_IN,
    H_IMPUTE_INSURANCE_NUM,
    H_IMPUTE_INSURANCE_DEN,
    H_IMPUTE_FREIGHT_NUM,
    H_IMPUTE_FREIGHT_DEN,
    H_FIRST,
    H_CLAIMS,
    H_N_CLAIMS,
    H_REGIMES,
    H_N_REGIMES,
    H_REASONS,
    H_PIECES_ASSUMED,
    H_OWN_DECIMALS,
    H_PROVISIONAL,
    H_SIZE,
) = range(19)

# A treatment that a line may claim.
(
    T_ID,
    T_COLUMN,
    T_GENERAL,
    T_PREFERENCE,
    T_PROOF,
    T_DIRECT,
    T_WAIVER,
    T_WAIVER_VALUE,
    T_COMPLETE,
    T_UNCHECKED,
    T_WAIVER_FOREIGN,
    T_ROW,
    T_MEMBER,
    T_SIZE,
) = range(14)

# A regime.
(
    R_ID,
    R_CIF,
    R_VALUE_NUM,
    R_VALUE_DEN,
    R_ROUND_DIR,
    R_ROUND_UNIT,
    R_TREATMENTS,
    R_FIT,
    R_MANDATORY,
    R_CLOSES,
    R_CHARGES,
    R_N_CHARGES,
    R_THRESHOLDS,
    R_N_THRESHOLDS,
    R_CONDITIONS,
    R_N_CONDITIONS,
    R_PROHIBITIONS,
    R_N_PROHIBITIONS,
    R_REASONS,
    R_SIMPLE,
    R_COUNTS_PIECES,
    R_PLACE_LACKS,
    R_ROW,
    R_MARGIN,
    R_SIZE,
) = range(25)
TREATMENTS = {"none": 0, "mfn": 1, "all": 2, "preferences": 3}

# A charge.
(
    C_BEARS,
    C_SOURCE,
    C_COLUMN,
    C_RATE,
    C_ROW,
    C_INCLUSIVE,
    C_FACTOR_NUM,
    C_FACTOR_DEN,
    C_FULL,
    C_LINE_DIR,
    C_LINE_UNIT,
    C_BASE_UNIT,
    C_BASE_DIR,
    C_TOTAL_UNIT,
    C_TOTAL_DIR,
    C_BY_LINE,
    C_WAIVED_BELOW,
    C_UNLESS,
    C_BUYER_PAYS,
    C_COUNTS,
    C_SORT,
    C_DUTY,
    C_VAT,
    C_RECOVERED,
    C_COMPLETE,
    C_UNCHECKED,
    C_TERMS,
    C_N_TERMS,
    C_SLOTS,
    C_N_SLOTS,
    C_TESTED,
    C_PLAIN,
    C_RELIEVED,
    C_SIZE,
) = range(34)
LITERAL, TARIFF, TAX, ADDITIONAL = range(4)
DUTIES, TAXES, FEES = range(3)

# A term of a base: one of the five values, or an earlier charge by its place, before its factor where full.
M_VALUE, M_CHARGE, M_FULL, M_UNIT, M_DIR, M_SIZE = range(6)

# A slot: what a class of a tax owes in the places of the sale; slot 0 where no row says the class.
S_WHY, S_BANDS, S_ASSUMED, S_CHOICES, S_N_CHOICES, S_SIZE = range(6)
# A choice of a slot.
O_RATE, O_OVER, O_UP_TO, O_FLOOR, O_CAP, O_ROW, O_SIZE = range(7)

# A relief. At most LIMIT; by the piece LIMIT_NUM / LIMIT_DEN for each.
(
    L_VALUE,
    L_ITEM,
    L_BELOW,
    L_KNOWN,
    L_LIMIT,
    L_NUM,
    L_DEN,
    L_FOREIGN,
    L_GOODS,
    L_EXCLUDES,
    L_RELIEVES,
    L_AFTER,
    L_SUMS,
    L_ROW,
    L_SIZE,
) = range(15)

# A condition. STATIC: its outcome where nothing of the line bears on it.
(
    K_TEST,
    K_VALUE,
    K_ITEM,
    K_KNOWN,
    K_LIMIT,
    K_NUM,
    K_DEN,
    K_FOREIGN,
    K_GOODS,
    K_SET,
    K_COLUMN,
    K_OTHER,
    K_ASSUME,
    K_VOUCHED,
    K_UNCHECKED,
    K_STATIC,
    K_REASON,
    K_DECIMALS,
    K_SIZE,
) = range(19)
T_AT_MOST, T_BELOW, T_AT_LEAST, T_ABOVE, T_ANNUAL, T_SINGLE, T_SEVERAL, T_LISTED, T_IN, T_NOT_IN, T_FIXED = range(11)
YES, NO, MAYBE = 0, 1, 2


# The law lies first on the tape: where its groups and its rows' trust begin, then its rates; the plans come after it.
# Whatever points to a rate, a row of law or a group's first row is its place on the tape.
A_GROUPS, A_UNCHECKED, A_SIZE = range(3)
# A rate: its kind, its share (of a program over WHOLE), whether it counts pieces, and its program over DEN.
Q_KIND, Q_NUM, Q_DEN, Q_PIECES, Q_START, Q_STOP, Q_WHOLE, Q_SIZE = range(8)
# A step of a program.
P_OP, P_FACTOR, P_MEASURE, P_SIZE = range(4)
# A row of a group: its rate, its row of law, its class, and the values of a unit that it asks for.
E_RATE, E_BASIS, E_NAMED, E_UNIT_START, E_UNIT_STOP, E_SIZE = range(6)
# A value of a unit.
U_MEASURE, U_NUM, U_DEN, U_SIZE = range(4)

# The schedule: `cells[column, row]` is a group; of a column of classes, the class and one, 0 for none, -1 where it
# turns on the value of a unit; and the row that says so. `first[origins, group]` is a group's row for some origins.
X_GROUP, X_SLOT, X_SLOT_ROW, X_SIZE = range(4)

# The numbers of the lines, `lines[line, column]`, in millionths of major units, kilograms, pieces …; ABSENT where the
# cell is empty. `where` says which column each of `pack.rates.MEASURES` has, then the pieces as the sale itself counts
# them, then what is not of the goods; -1 for none.
N_PLAN, N_GOODS, N_AMOUNT = range(3)
W_COUNTED, W_SHIPPING, W_INSURANCE, W_DISCOUNT, W_QUANTITY, W_SPENT, W_SIZE = range(8, 15)

# What the loop finds for each line, one after the other, so that it is written at one place. WORDS: regime, treatment,
# status, fault (from the lowest bits, 12 each, one added) and whether an amount that the buyer bears is not known.
# BEYOND stays 1 where the loop cannot tell, and the sale is walked by itself.
F_WORDS, F_REASONS, F_DUTIES, F_TAXES, F_FEES, F_LANDED, F_BEYOND, F_SIZE = range(8)


#: An empty cell, one that the loop cannot read, and a number above zero that is finer than millionths or too large.
ABSENT = -(1 << 62)
UNREADABLE = ABSENT + 1
TOO_FINE = ABSENT + 2
