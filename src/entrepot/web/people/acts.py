"""Record what administrators of the platform do, in the ledger, whose checkpoints sign it."""

from __future__ import annotations

from functools import partial

from django.contrib.admin.models import LogEntry
from django.db import transaction

from entrepot.store.people import members
from entrepot.trade.acts import record_act
from entrepot.trade_app.books import open_books
from entrepot.web.http.actors import OPERATOR, Actor

_FLAGS = {1: "added", 2: "changed", 3: "deleted"}


def note_act(actor: Actor, act: str, about: str = "") -> None:
    """Record an act of a member of the operator's organization; what others do in their own is theirs."""
    if actor.kind == OPERATOR:
        open_books().run(partial(record_act, act=act, by=actor.person or "", about=about))


def note_log_entry(sender: type[LogEntry], instance: LogEntry, **_more: object) -> None:  # noqa: ARG001  # of Django
    """Record an entry of the log of Django's administration site, once it is committed."""
    by = members.person_of(instance.user).id
    kind = instance.content_type.model if instance.content_type is not None else "object"
    act = f"site.{kind}.{_FLAGS.get(instance.action_flag, 'done')}"
    command = partial(record_act, act=act, by=by, about=f"{kind} {instance.object_id}")
    transaction.on_commit(lambda: open_books().run(command))
