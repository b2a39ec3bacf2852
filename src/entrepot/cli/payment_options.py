"""The options of the commands `payments`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, RESULT, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

PAYMENTS = N_("Payments")
_SELLER = Option("seller", (), N_("The id of a seller's organization, og_…."), metavar="SELLER", kind="required")
_CURRENCY = Option("currency", ("--currency",), N_("The currency; by default CNY."), PAYMENTS, "CODE")

BALANCES = WITHOUT_PACKS
BALANCES_LIST = (CONTEXT, *WITHOUT_PACKS)
NOTICES = WITHOUT_PACKS
_NOTICE_OR_PAYMENT = N_("The id of a kept notification, no_…, or of a payment, py_….")
RETRY = (Option("notice", (), _NOTICE_OR_PAYMENT, metavar="ID", kind="required"), *WITHOUT_PACKS)
NOTICE = (
    Option("notice", (), N_("The id of a kept notification, no_…."), metavar="ID", kind="required"),
    *WITHOUT_PACKS,
)
STATEMENT = (
    _SELLER,
    Option("month", (), N_("A month, such as 2026-03."), metavar="MONTH", kind="required"),
    _CURRENCY,
    Option("to", ("--out", "--to"), N_("A new file; by default standard output."), RESULT, "FILE"),
    *WITHOUT_PACKS,
)
PAY_OUT = (
    _SELLER,
    Option("account", ("--account",), N_("The bank account of the seller."), PAYMENTS, "ACCOUNT"),
    Option("amount", ("--amount",), N_("The amount; by default all that is owed."), PAYMENTS, "AMOUNT"),
    _CURRENCY,
    Option(
        "key",
        ("--key",),
        N_("A key of your choice: repeated with the same key, the command pays out once."),
        PAYMENTS,
        "KEY",
    ),
    *WITHOUT_PACKS,
)
