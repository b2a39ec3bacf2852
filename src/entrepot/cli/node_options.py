"""The options of the commands `nodes`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

NODES = N_("Nodes")
#: Not imported from `trade.nodes`, so that a quote starts fast.
CAPABILITIES = ("offer.read", "quote", "order", "documents", "delivery", "statistics", "statistics.orders")
DIRECTIONS = ("in", "out", "both")
STATES = ("sent", "delivered", "failed", "received")
ACTS = ("resume", "live", "key")
BUYERS = ("consumer", "business")

_NODE = Option("node", (), N_("A node, by its id, address or DID, or by its economy."), metavar="NODE", kind="required")
_BY = Option("by", ("--by",), N_("Who you are: what opens something needs two different persons."), NODES, "NAME")
_CAPABILITY = Option(
    "capabilities",
    ("--capability",),
    N_("A capability. Repeatable."),
    NODES,
    "|".join(CAPABILITIES),
    "many",
    CAPABILITIES,
)
_DIRECTION = Option(
    "direction",
    ("--direction",),
    N_("in: what the other node may ask; out: what this node sends; by default both."),
    NODES,
    "|".join(DIRECTIONS),
    choices=DIRECTIONS,
)
_WHY = Option("why", ("--why",), N_("Why."), NODES, "TEXT")

LIST = WITHOUT_PACKS
DEFAULT = (CONTEXT, *LIST)
DESCRIBE = (
    Option("node", (), N_("A node or an address; without it, this node."), metavar="NODE", kind="argument"),
    *WITHOUT_PACKS,
)
_AGREEMENTS = Option(
    "agreements", ("--agreement",), N_("An agreement on which the exchange rests. Repeatable."), NODES, "ID", "many"
)
MEET = (
    Option("address", (), N_("The address of the other node."), metavar="URL", kind="required"),
    _AGREEMENTS,
    Option("live", ("--live",), N_("Not in test mode, in which each exchange begins."), NODES, kind="flag"),
    _BY,
    *WITHOUT_PACKS,
)
COMPARE = (
    _NODE,
    Option(
        "thumbprints",
        ("--thumbprint",),
        N_("The thumbprint that the officer of the other node read to you: 16 groups of digits. Repeatable."),
        NODES,
        "DIGITS",
        "many",
    ),
    _BY,
    *WITHOUT_PACKS,
)
APPROVE = (
    _NODE,
    Option(
        "act",
        ("--act",),
        N_("resume: after a suspension; live: end the test mode; key: accept a new key."),
        NODES,
        "|".join(ACTS),
        choices=ACTS,
    ),
    _BY,
    *WITHOUT_PACKS,
)
OPEN = (_NODE, _CAPABILITY, _DIRECTION, _BY, *WITHOUT_PACKS)
CLOSE = OPEN
END = (_NODE, _WHY, _BY, *WITHOUT_PACKS)
CHECK = (_NODE, *WITHOUT_PACKS)
ROTATE = (
    Option(
        "lost",
        ("--lost",),
        N_("The key was lost or stolen: end it at once. Each node must be met again."),
        NODES,
        kind="flag",
    ),
    _BY,
    *WITHOUT_PACKS,
)
SETTLE = (
    _NODE,
    Option("month", ("--month",), N_("The month, such as 2026-11; by default the last one."), NODES, "YYYY-MM"),
    Option("currency", ("--currency",), N_("Only this currency."), NODES, "CODE"),
    Option(
        "paid",
        ("--paid",),
        N_("Record that what both nodes agreed on was paid: the reference of the transfer."),
        NODES,
        "REFERENCE",
    ),
    Option(
        "advance",
        ("--advance",),
        N_("Let sellers be paid out before the other node has paid: this node bears the risk. Needs --by."),
        NODES,
        kind="flag",
    ),
    Option("by", ("--by",), N_("Who you are."), NODES, "NAME"),
    *WITHOUT_PACKS,
)
QUOTE = (
    _NODE,
    Option("offer", ("--offer",), N_("The offer of this node: its id, of_…"), NODES, "ID"),
    Option("quantity", ("--quantity",), N_("How many pieces; by default 1."), NODES, "NUMBER"),
    Option(
        "buyer", ("--buyer",), N_("Who buys there; by default a consumer."), NODES, "|".join(BUYERS), choices=BUYERS
    ),
    *WITHOUT_PACKS,
)
FEE = (
    _NODE,
    Option("most", ("--most",), N_("What it may keep of the price of goods at most, in percent."), NODES, "PERCENT"),
    _BY,
    *WITHOUT_PACKS,
)
AGREE = (_NODE, _AGREEMENTS, _BY, *WITHOUT_PACKS)
MESSAGES = (
    Option("node", (), N_("Only messages with this node."), metavar="NODE", kind="argument"),
    Option("state", ("--state",), N_("Only messages in this state."), NODES, "|".join(STATES), choices=STATES),
    Option("limit", ("--limit",), N_("How many messages; by default 50."), NODES, "NUMBER"),
    *WITHOUT_PACKS,
)
