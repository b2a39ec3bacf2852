"""The engine's steps as machine code, for blocks of table lines that share one plan.

    block          the order of the steps
    values         price parts, customs value, rows of the tariff
    conditions     whether the conditions of a regime hold, and its status
    reliefs        which charges a relief (de minimis) takes away
    treatments     which treatment (MFN, a preference) each line takes
    charges        duties, taxes and fees, one charge after the other; base, rate, waiver, rounding
    rate_amount    what one rate gives on a base; every kind of rate
    rates          the same for the most frequent kinds of rate, by shorter code
    tax_classes    the class of a tax (standard, reduced …) and its rate
    totals         sums of the charges, reasons and rows of law of one regime
    choose         the best regime of each line, or why there is none
    reasons        the codes of reasons and their bits

The results equal those of `entrepot.engine.flow` to the minor unit. A line whose numbers do not fit in 64 bits is
marked as unsupported and assessed by the engine. `layout` describes the arrays that hold the law, `buffers` those that
hold the work on a block.

Short names in these modules: `plan` is the array of the law and all plans; `p`, `r` and names in `_at` are offsets in
it (of a plan, a regime, a charge …); `i` is a line of the table, `j` a line of the block, `q` an index in the list of
active lines, `t` a treatment, `c` a charge, `n` a number of lines.
"""
