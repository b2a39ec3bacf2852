"""The options of the commands `outbox`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

OUTBOX = N_("The outbox")
#: The states of `trade.outbox`; not imported from there, so that a quote starts fast.
STATES = ("waiting", "sent", "dead", "discarded")

LIST = (
    Option("state", ("--state",), N_("Only messages in this state."), OUTBOX, "|".join(STATES), choices=STATES),
    Option("channel", ("--channel",), N_("Only messages of this channel, such as customs or webhook."), OUTBOX, "NAME"),
    Option("object", ("--object",), N_("Only messages of this object, by its id."), OUTBOX, "ID"),
    Option("limit", ("--limit",), N_("How many messages; by default 50."), OUTBOX, "NUMBER"),
    *WITHOUT_PACKS,
)
DEFAULT = (CONTEXT, *LIST)
ONE = (Option("name", (), N_("The number of a message."), metavar="NUMBER", kind="required"), *WITHOUT_PACKS)
