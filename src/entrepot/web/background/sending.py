"""Send what is due in the outbox: each channel in threads of its own, so that a slow receiver delays only itself."""

from __future__ import annotations

import datetime as dt
import logging
import random
import secrets
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

from django.db import close_old_connections

from entrepot.trade import outbox
from entrepot.trade.outbox import Channel, Later, Message, OutboxQueue
from entrepot.web.http.errors import log_error

LOG = logging.getLogger("entrepot.web")


class Sending:
    """Sends the messages of an outbox. `changed`: called when a message was processed: another one may be due."""

    def __init__(
        self, queue: OutboxQueue, channels: Mapping[str, Channel], name: str, changed: Callable[[], None]
    ) -> None:
        self._queue, self._channels, self._changed = queue, channels, changed
        self._name = f"{name}{secrets.token_hex(4)}"
        self._lock = Lock()
        self._busy: Counter[str] = Counter()
        self._pools = {
            channel: ThreadPoolExecutor(each.slots, thread_name_prefix=f"entrepot-{channel}")
            for channel, each in channels.items()
        }

    def step(self) -> int:
        """Claim what is due and start sending it. Returns how many messages."""
        started = 0
        for name in self._queue.due(_now()):
            channel = self._channels.get(name)
            free = channel.slots - self._busy[name] if channel else 0
            if channel is None or free <= 0:
                continue
            claimed = self._queue.claim(
                name, _now(), lease=self._name, seconds=channel.lease, limit=free, in_order=channel.in_order
            )
            for message in claimed:
                with self._lock:
                    self._busy[name] += 1
                self._pools[name].submit(self._send, name, channel, message)
            started += len(claimed)
        return started

    def close(self) -> None:
        """Wait until the messages that are being sent are finished."""
        for each in self._pools.values():
            each.shutdown(wait=True)

    def _send(self, name: str, channel: Channel, message: Message) -> None:
        try:
            close_old_connections()
            guarded = channel._replace(send=lambda each: _send_or_fail(channel, each))
            jitter = random.random()  # noqa: S311  # no secret depends on it
            state = outbox.attempt(self._queue, guarded, message, _now, jitter)
            fields = {"channel": name, "topic": message.topic, "attempt": message.attempts, "state": state}
            LOG.info("sent" if state == outbox.SENT else "not sent", extra={"fields": fields})
        except Exception as error:  # noqa: BLE001  # logged; the message is sent again when its lease ends
            log_error(error)
        finally:
            with self._lock:
                self._busy[name] -= 1
            self._changed()


def _send_or_fail(channel: Channel, message: Message) -> None:
    """Send a message. An error of the sender is logged, and the message is tried again as after any failure."""
    try:
        channel.send(message)
    except (Later, outbox.Refused):
        raise
    except Exception as error:
        reason = log_error(error)
        raise Later(f"The server could not send it: {reason or type(error).__name__}. The error was logged.") from error


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
