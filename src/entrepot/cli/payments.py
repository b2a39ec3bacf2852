"""The commands under `payments`: balances, statement, pay-out, troubles, notices, retry, close."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

import msgspec

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.language.translate import _, error_text
from entrepot.model.errors import TradeError, in_quotes

T = TypeVar("T")
CURRENCY = "CNY"


def balances(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot payments balances`: every account of money that is not at 0."""
    from entrepot.trade_app.books import open_books

    # Stock and annual limits are accounts as well; their units are no currencies.
    places = _decimals()
    found = [
        {"object": "balance", "account": account, "currency": unit, "amount": amount}
        for (account, unit), amount in sorted(open_books().balances("").items())
        if amount and unit in places
    ]
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": found})
    elif not found:
        exit_codes.put_text(_("The balance of every account is 0.") + "\n")
    for each in [] if arguments["json"] else found:
        amount = _major(int(str(each["amount"])), str(each["currency"]))
        exit_codes.put_text(f"{amount:>18} {each['currency']}  {each['account']}\n")
    return exit_codes.SUCCESS


def statement(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot payments statement SELLER MONTH`: CSV, or JSON with `--json`."""
    from entrepot.trade.payments import statements
    from entrepot.trade_app.books import open_books

    currency = _currency(arguments)
    found = _tried(lambda: statements.statement(open_books(), arguments["seller"], currency, arguments["month"]))
    if arguments["json"]:
        exit_codes.put_json(statements.as_json(found))
        return exit_codes.SUCCESS
    text = statements.as_csv(found, _decimals()[currency])
    if arguments["to"] is None:
        exit_codes.put_text(text)
        return exit_codes.SUCCESS
    exit_codes.write_new_file(arguments["to"], text)
    return exit_codes.SUCCESS


def pay_out(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot payments pay-out SELLER`. The background worker sends it."""
    from entrepot.trade.payments.payouts import start_payout
    from entrepot.trade_app.payments_channel import open_delivery

    for name in ("account", "key"):
        if not arguments[name]:
            raise Stop(exit_codes.USAGE, "missing", _("{option} is required.").format(option=f"--{name}"), f"--{name}")
    made, currency = open_delivery(), _currency(arguments)
    if not made.payouts:
        message = _("No provider of payouts is set. Set ENTREPOT_PAYMENTS to one that pays sellers out.")
        raise Stop(exit_codes.USAGE, "no_provider", message)
    amount, account = _amount(arguments["amount"], currency), {"account": arguments["account"]}
    nodes = [each.id for each in made.books.list_objects("pn_", limit=1000)]
    payout = _tried(
        lambda: made.books.run(
            lambda tx: start_payout(
                tx,
                arguments["seller"],
                currency,
                amount,
                provider=next(iter(made.payouts)),
                account=account,
                key=arguments["key"],
                nodes=nodes,
            )
        )
    )
    if arguments["json"]:
        exit_codes.put_json({"object": "payout", **msgspec.to_builtins(payout)})
    else:
        shown = f"{_major(payout.amount, payout.currency)} {payout.currency}"
        text = _("{payout}: {amount} to {seller}, {status}.")
        values = {"payout": payout.id, "amount": shown, "seller": payout.seller, "status": payout.status}
        exit_codes.put_text(text.format(**values) + "\n")
    return exit_codes.SUCCESS


def notices(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot payments notices`: notifications that were kept and are not settled."""
    from entrepot.trade_app.books import open_books

    found = open_books().list_objects("no_", status="open", limit=1000)
    if arguments["json"]:
        data = [{"object": "notice", **msgspec.to_builtins(each)} for each in found]
        exit_codes.put_json({"object": "list", "data": data})
    elif not found:
        exit_codes.put_text(_("No notification of a payment provider is kept.") + "\n")
    for each in [] if arguments["json"] else found:
        exit_codes.put_text(f"{each.id}  {each.created}  {each.reason}  {each.payment or '—'}\n  {each.says}\n")
    return exit_codes.SUCCESS


def troubles(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot payments troubles`: refunds, captures and cancellations that the provider refused."""
    from entrepot.trade.payments.troubles import troubled
    from entrepot.trade_app.books import open_books

    found = troubled(open_books())
    if arguments["json"]:
        data = [{"object": "payment", "since": each.since, **msgspec.to_builtins(each.payment)} for each in found]
        exit_codes.put_json({"object": "list", "data": data})
    elif not found:
        exit_codes.put_text(_("The payment provider has refused nothing that is open.") + "\n")
    for payment, since in [] if arguments["json"] else found:
        exit_codes.put_text(f"{payment.id}  {since}  {payment.order}\n")
        if payment.trouble in ("capture_failed", "cancel_failed"):
            what, minor = payment.trouble.removesuffix("_failed"), payment.authorized or payment.amount
            exit_codes.put_text(f"  {what}  {_major(minor, payment.currency)} {payment.currency}  {payment.error}\n")
        for number, refund in payment.refunds.items():
            if refund.status == "failed":
                amount = f"{_major(refund.amount, payment.currency)} {payment.currency}"
                exit_codes.put_text(f"  refund {number}  {amount}  {refund.error}\n")
    return exit_codes.SUCCESS


def retry(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot payments retry ID`: asks about a kept notification, or for what was refused of a payment."""
    from entrepot.trade.paying import ask_provider_again
    from entrepot.trade.payments import notices as kept
    from entrepot.trade.payments.provider import ProviderDown, ProviderRefused
    from entrepot.trade_app.payments_channel import open_delivery, provider

    made, number = open_delivery(), arguments["notice"]
    try:
        if number.startswith("py_"):
            payment = _known(lambda: _tried(lambda: made.books.run(partial(ask_provider_again, number=number))), number)
        else:
            notice = _notice(made.books, number)
            asked = _known(lambda: provider(notice.provider), notice.provider)
            payment = _tried(lambda: kept.retry(made.books, asked, notice.id, policy=made.policy))
    except (ProviderDown, ProviderRefused) as error:
        raise Stop(exit_codes.NOT_FETCHED, "provider", str(error)) from None
    if arguments["json"]:
        exit_codes.put_json({"object": "payment", **msgspec.to_builtins(payment)})
    else:
        exit_codes.put_text(f"{payment.id}: {payment.status}\n")
    return exit_codes.SUCCESS


def close(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot payments close ID`: a kept notification is settled."""
    from entrepot.trade.payments import notices as kept
    from entrepot.trade_app.books import open_books

    books = open_books()
    number = _notice(books, arguments["notice"]).id
    notice = _tried(lambda: books.run(lambda tx: kept.close(tx, number, actor="command_line")))
    if arguments["json"]:
        exit_codes.put_json({"object": "notice", **msgspec.to_builtins(notice)})
    else:
        exit_codes.put_text(f"{notice.id}: {notice.status}\n")
    return exit_codes.SUCCESS


def _tried(run: Callable[[], T]) -> T:
    """What a command of trade returns; its refusal ends this one."""
    try:
        return run()
    except TradeError as error:
        raise Stop(exit_codes.REFUSED, error.code, error.message, error.param, error_text(error)) from None


def _known(find: Callable[[], T], name: str) -> T:
    from entrepot.trade.ports import NotFound

    try:
        return find()
    except NotFound:
        message = _("There is no {name} here.").format(name=in_quotes(name))
        raise Stop(exit_codes.USAGE, "not_found", message) from None


def _notice(books: Any, number: str) -> Any:
    found = _known(lambda: books.read(number), number) if number.startswith("no_") else None
    if found is None:
        message = _("There is no {name} here.").format(name=in_quotes(number))
        raise Stop(exit_codes.USAGE, "not_found", message, "ID")
    return found


def _decimals() -> Mapping[str, int]:
    from entrepot.app import library

    found: Mapping[str, int] = library().world.decimals
    return found


def _major(amount: int, currency: str) -> str:
    from entrepot.model.money import in_major

    return in_major(amount, _decimals()[currency])


def _currency(arguments: Mapping[str, Any]) -> str:
    code = (arguments["currency"] or CURRENCY).upper()
    if code not in _decimals():
        message = _("{code} is not a currency code. Use three letters (ISO 4217), for example USD.")
        raise Stop(exit_codes.USAGE, "invalid", message.format(code=in_quotes(code)), "--currency")
    return code


def _amount(text: str | None, currency: str) -> int | None:
    """The amount of an option in minor units; None if it is not given. Raises Stop."""
    from entrepot.model.literals import decimal_of
    from entrepot.model.money import in_minor

    if text is None:
        return None
    found = decimal_of(text)
    amount = None if found is None else in_minor(found, _decimals()[currency])
    if amount is None or amount <= 0:
        message = _("{text} is not an amount of {currency}. Write it as {example}.")
        values = {"text": in_quotes(text), "currency": currency, "example": _major(12345, currency)}
        raise Stop(exit_codes.USAGE, "invalid", message.format(**values), "--amount")
    return amount
