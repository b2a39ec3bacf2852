"""loop: the road once more, for millions of lines: blocks of lines of one plan, as machine code over whole numbers.

    block     the order of it all
    priced    what are the goods worth, and which rows of the tariff are in force?
    holding   do the conditions of a regime hold?
    relieved  which charges fall away?
    taken     which treatment does each line take?
    owing     what is owed, charge after charge?
    summed    what does it come to, and how sure is it?
    closing   which way is best?

Each does to blocks what the verbs of `flow` do to one sale, to the same minor unit; what 64 bits do not hold is left to
them. `form` says how the law lies in memory, `work` where the lines of a block are worked on.
"""
