"""What the background workers do: the channels of the outbox, the jobs, and what happens from time to time."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.utils import timezone

from entrepot.setting_names import CUSTOMS_CN
from entrepot.store import background, expiry, health_reads, order_mails
from entrepot.store import ucp as ucp_rows
from entrepot.store import webhooks as webhook_rows
from entrepot.store.outbox import DatabaseOutbox
from entrepot.store.people import personal_data
from entrepot.trade.node_steps import CHANNEL as ORDER_CHANNEL
from entrepot.trade.nodes.messages import CHANNEL as NODE_CHANNEL
from entrepot.trade.outbox import Channel, OutboxQueue
from entrepot.trade.payments.commands import CHANNEL
from entrepot.trade_app import (
    carrier_channel,
    carrier_connection,
    due,
    email_channel,
    ledger,
    offer_jobs,
    payments_channel,
    screening,
    statement_jobs,
    webhooks,
)
from entrepot.trade_app.books import open_books
from entrepot.trade_app.nodes import identity as node_identity
from entrepot.trade_app.nodes import operating as node_operating
from entrepot.trade_app.nodes import orders as node_orders
from entrepot.trade_app.nodes import upkeep as node_upkeep
from entrepot.trade_app.nodes import wire as node_wire
from entrepot.trade_app.services import calendars, course_statements, reminders
from entrepot.trade_app.ucp import node as ucp_node
from entrepot.trade_app.ucp import orders as ucp_orders

#: How long finished messages, jobs and deliveries are kept.
KEPT = dt.timedelta(days=90)
MINUTE, HOUR = 60.0, 3600.0
DAY = 24 * HOUR
#: How often a folder is looked into, in seconds.
FOLDER_SECONDS = 2.0


class Timer(NamedTuple):
    """Something that one worker of all does every so many seconds."""

    name: str
    seconds: float
    run: Callable[[], Any]


class BackgroundWork(NamedTuple):
    """What a worker does. `follow`: reads what is new in the ledger; called often, returns how much there was."""

    outbox: OutboxQueue
    channels: Mapping[str, Channel]
    timers: tuple[Timer, ...]
    follow: Callable[[], int]


def background_work() -> BackgroundWork:
    """What the workers of this node do. Registers the jobs."""
    background.register_jobs(jobs())
    return BackgroundWork(DatabaseOutbox(), channels(), timers(), follow_ledger)


def follow_ledger() -> int:
    """Put what is told of new events into the outbox: webhooks, e-mails, orders of platforms. Returns how many."""
    now = timezone.now()
    return webhook_rows.follow(now) + order_mails.follow(now) + ucp_rows.follow(now)


def channels() -> Mapping[str, Channel]:
    """The channels of the outbox. A message of a channel without an entry waits."""
    found = {"webhook": webhooks.channel(), "email": email_channel.channel()}
    if payments_channel.settings().provider:
        found[CHANNEL] = payments_channel.channel()
    if ucp_node.settings().access:
        found[ucp_rows.CHANNEL] = ucp_orders.channel()
    if node_identity.settings().economy:
        found[NODE_CHANNEL] = node_wire.channel()
        found[ORDER_CHANNEL] = node_orders.channel()
    if (carriage := carrier_connection.open_carriage()) is not None:
        found["carrier"] = carrier_channel.channel(carriage)
    if CUSTOMS_CN in os.environ:
        from entrepot.trade_app import customs_connection  # noqa: PLC0415  # the libraries of signatures are large

        found["customs"] = customs_connection.channel()
    return found


def jobs() -> Mapping[str, Callable[..., Any]]:
    """What `store.background.enqueue` can name. A job may run twice: it is written to be repeated."""
    return {offer_jobs.JOB: offer_jobs.run, statement_jobs.JOB: statement_jobs.run}


def timers() -> tuple[Timer, ...]:
    """What is done from time to time."""
    found = [
        Timer("delete_finished", HOUR, delete_finished),
        Timer("due", MINUTE, end_what_is_due),
        Timer("screening", MINUTE, screening.screen_orders),
        Timer("reminders", 5 * MINUTE, send_reminders),
        Timer("statements", HOUR, statement_jobs.queue_months),
        Timer("people", DAY, personal_data.clean_up),
        Timer("erase_personal", HOUR, erase_personal),
        Timer("sign_checkpoint", HOUR, ledger.checkpoint),
    ]
    if node_identity.settings().economy:
        found.append(Timer("node_challenges", MINUTE, node_upkeep.challenge_compared))
        found.append(Timer("nodes", HOUR, node_upkeep.refresh_peers))
        found.append(Timer("node_agreements", HOUR, node_upkeep.close_ended))
        found.append(Timer("node_settlement", HOUR, node_orders.settle_due))
        found.append(Timer("node_offers", MINUTE, node_operating.keep_offers))
    if calendars.settings() is not None:
        found.append(Timer("calendars", MINUTE, calendars.push_calendars))
    if payments_channel.settings().provider:
        found.append(Timer("payments", HOUR, ask_payments_again))
    if CUSTOMS_CN in os.environ:
        from entrepot.trade_app import customs_connection  # noqa: PLC0415  # the libraries of signatures are large

        found.append(Timer("customs_files", FOLDER_SECONDS, customs_connection.take_files))
        found.append(Timer("customs_unmatched", HOUR, customs_connection.retry_unmatched))
    return tuple(found)


def end_what_is_due() -> int:
    """End orders that were not paid in time, and returns whose goods did not come. Returns how many."""
    return due.end_due(open_books())


def send_reminders() -> int:
    """Remind both sides of services that begin soon. Returns of how many."""
    return reminders.remind(open_books(), timezone.now())


def ask_payments_again() -> int:
    """Ask the payment provider for what it has not told. Returns how many payments."""
    return payments_channel.ask_again(payments_channel.open_delivery(), timezone.now())


def erase_personal() -> int:
    """Erase the personal data whose erasure was requested and whose retention has ended. Returns how many rows."""
    return open_books().erase_expired(timezone.now().date())


def delete_finished() -> int:
    """Delete messages, jobs and deliveries that ended long ago. Returns how many rows."""
    before = timezone.now() - KEPT
    return (
        expiry.delete_finished_messages(before)
        + expiry.delete_old_deliveries(before)
        + background.delete_finished_jobs(before)
        + expiry.delete_ucp(timezone.now(), ucp_rows.LIFETIME)
        + expiry.delete_nonces(timezone.now())
        + health_reads.delete_ended(timezone.now().date())
        + expiry.delete_courses(timezone.now(), course_statements.KEPT)
    )
