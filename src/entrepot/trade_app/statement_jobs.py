"""Monthly statements of sellers: made once a month in the background, and told to who manages the organization.

A statement is computed from the ledger whenever it is shown. The job verifies that it sums to the balance of the
ledger, and tells people that the month is complete.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import transaction
from django.utils import timezone

from entrepot.store import background
from entrepot.store.outbox import DatabaseOutbox
from entrepot.store.people import members, organizations
from entrepot.trade import accounts
from entrepot.trade.payments.statements import Statement, statement
from entrepot.trade.ports import Books, Outgoing
from entrepot.trade_app.books import open_books

JOB, CHANNEL, TOPIC = "statement", "email", "statement.ready"
#: Who is told: members with this role.
ROLE = "manager"
#: Complete months whose statements are queued if they were not.
MONTHS = 3
#: How long it is remembered that the jobs of a month were queued, in seconds.
REMEMBERED = 400 * 86_400.0


def queue_months(now: dt.datetime | None = None) -> int:
    """Queue the statements of the last complete months, each month once. Returns how many.

    More than one month where the node did not run for a while.
    """
    queued, time = 0, now or timezone.now()
    sellers = organizations.seller_ids()
    for _ in range(MONTHS):
        month = month_before(time)
        time = dt.datetime.strptime(f"{month}-01 +0000", "%Y-%m-%d %z")
        with transaction.atomic():  # that the month was queued is stored together with its jobs
            if background.claim_timer(f"statements {month}", REMEMBERED):
                for seller in sellers:
                    background.enqueue(JOB, seller=seller, month=month)
                queued += len(sellers)
    return queued


def run(seller: str, month: str) -> dict[str, Any]:
    """The job: verify the statements of a seller for a month, and tell that they are ready. It can be repeated."""
    made = [each for each in statements_of(open_books(), seller, month) if each.lines]
    if made:
        path = f"statements/?month={month}"
        people = [each.person_id for each in members.members_of(seller) if ROLE in members.implied_roles(each.role)]
        body = {"organization": seller, "month": month, "path": path}
        messages = [
            Outgoing(CHANNEL, TOPIC, {**body, "person": person}, f"{seller}:statement:{month}:{person}")
            for person in people
        ]
        DatabaseOutbox().put(messages, timezone.now())
    return {"seller": seller, "month": month, "currencies": [each.currency for each in made]}


def statements_of(books: Books, seller: str, month: str) -> list[Statement]:
    """The statements of a seller for a month, one for each currency of its account. Raises NotAllowed."""
    found = sorted(unit for (_account, unit) in books.balances_in([accounts.seller(seller)]))
    return [statement(books, seller, currency, month) for currency in found]


def month_before(now: dt.datetime) -> str:
    """The month before a time, in UTC as the ledger.

    >>> month_before(dt.datetime(2026, 1, 31, 23, tzinfo=dt.timezone.utc))
    '2025-12'
    """
    return f"{now.astimezone(dt.UTC).replace(day=1) - dt.timedelta(days=1):%Y-%m}"
