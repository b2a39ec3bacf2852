"""The reasons of decisions of trade: a code, its values, its source; the English sentence of each code.

The decision returns codes and values. Interfaces translate the sentence by its English text.
"""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

SENTENCES = {
    "limit.within": "The order is within the limits of retail import: {currency} {remaining} remain in {year}.",
    "limit.one_item": (
        "The order is worth {currency} {value}, above the single limit of {currency} {single}. It has one item, so it "
        "may be imported at retail with full duty and tax."
    ),
    "limit.several_items": (
        "The order is worth {currency} {value}, above the single limit of {currency} {single}, and has {items} items. "
        "Split it into orders within the limit, or import it by the ordinary procedure."
    ),
    "limit.single": (
        "The order is worth {currency} {value}, above the single limit of {currency} {single}. Split it into orders "
        "within the limit, or import it by the ordinary procedure."
    ),
    "limit.annual": (
        "The order is worth {currency} {value}, and {currency} {remaining} of the annual limit of {currency} {annual} "
        "remain in {year}. Order less, wait for the next year, or import it by the ordinary procedure."
    ),
    "reversal.not_declared": "No list is declared: the order can be cancelled without customs.",
    "reversal.not_accepted": "Customs did not accept the list: the order can be cancelled without an application.",
    "reversal.wait": "Customs has not answered about the list yet. Wait for its answer, then cancel.",
    "reversal.cancellation": "The list is not released: apply to customs for its cancellation.",
    "reversal.detained": "Customs detains the goods: only customs decides about them.",
    "reversal.returned_abroad": "Customs has sent the goods back abroad: there is nothing to cancel or to return.",
    "reversal.applicant": "The {applicant} cannot apply to customs for a {application}. Who can: {allowed}.",
    "return.open": "The goods are released: apply for the return by {apply_by}; the goods must be back by {arrive_by}.",
    "return.applied_late": (
        "The return was applied for on {day}. Customs released the list on {released}, and the last day to apply was "
        "{apply_by}."
    ),
    "return.waiting": "The goods are not back yet. The last day is {arrive_by}.",
    "return.in_time": "The goods were back by {arrive_by}: no tax is levied on them; the annual limit is given back.",
    "return.arrived_late": (
        "The goods were not back by {arrive_by}: the tax is levied and the annual limit is not given back."
    ),
    "return.no_lines": "The return has no lines. Name at least one line of the list.",
    "return.repeated_line": "The return names line {number} twice. Name each line once.",
    "return.unknown_line": "The list has no line {number}. Its lines are {known}.",
    "return.other_goods": "Line {number} has {given} as its {field}. The list has {listed}.",
    "return.quantity": "The quantity of line {number} is {given}. Give more than 0 and at most {left}.",
    "split.seller": "An order has one seller.",
    "split.service": "Order goods and services separately: a customs list contains only goods.",
    "split.currency": "An order has one currency.",
    "split.supply": "Goods from abroad (9610) and from a bonded warehouse (1210) are declared on different lists.",
    "split.warehouse": "Goods in different warehouses travel in different parcels; a list has one parcel.",
    "split.ship_from": "Goods from different places travel in different parcels; a list has one parcel.",
    "split.incoterm": "The prices are at different Incoterms; an order has one.",
    "split.lines": "A list for customs has at most {most} lines.",
    "transfer.inside": "The data stay in {origin}.",
    "transfer.free": "The law of {origin} lets these data go to {destination} without a further step.",
    "transfer.held": "The law of {origin} lets these data go to {destination}: recorded here is {mechanism}.",
    "transfer.due": (
        "The law of {origin} lets these data go to {destination}. To be filed and recorded by {due}: {mechanism}."
    ),
    "transfer.late": (
        "Nothing more may go from {origin} to {destination}: not recorded by {due} was {mechanism}. Two operators "
        "record it with `entrepot transfers record` and `approve`."
    ),
    "transfer.missing": (
        "The law of {origin} lets these data go to {destination} only under one of these, and none is recorded here: "
        "{mechanism}. Two operators record it with `entrepot transfers record` and `approve`."
    ),
    "transfer.unknown": (
        "The law of {origin} on such data is not known here, so they do not go to {destination}. Two operators may "
        "record {mechanism}."
    ),
    "transfer.forbidden": "The law of {origin} does not let these data go to {destination}.",
    "split.single_limit": "An order above the single limit of {currency} {single} is divided into orders within it.",
}

#: The error codes of China's customs (edition 202205, tables 7-1 and 7-2) for the same faults.
CUSTOMS_CODES = {
    "limit.several_items": "-621005",
    "limit.single": "-621005",
    "limit.annual": "-621018",
    "return.no_lines": "-625006",
    "return.unknown_line": "-625209",
}


class Reason(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why something is allowed or not. `sources`: ids of `trade.sources`, or of the law's; `where`: the place in them.

    >>> Reason("return.unknown_line", {"number": "7", "known": "1, 2"}, ("ceb-202205",), "official").message
    'The list has no line 7. Its lines are 1, 2.'
    """

    code: str
    values: Mapping[str, str]
    sources: tuple[str, ...]
    trust: str
    where: str = ""

    @property
    def message(self) -> str:
        """The sentence in English."""
        return SENTENCES[self.code].format(**self.values)
