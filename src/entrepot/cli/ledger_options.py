"""The options of the commands `ledger`, `backup` and `restore`."""

from __future__ import annotations

from entrepot.cli.options import CONTEXT, RESULT, WITHOUT_PACKS
from entrepot.cli.parameters import Option
from entrepot.language.translate import N_

LEDGER = N_("The ledger")
#: The keys of `store.key_files`; not imported from there, so that a quote starts fast.
KEYS = ("personal-data", "identity-hash", "ledger-signing", "ucp-signing", "document-signing")

VERIFY = (
    Option(
        "key",
        ("--key",),
        N_("The public key of the checkpoints, as you stored it earlier; by default that of this node."),
        LEDGER,
        "KEY",
    ),
    *WITHOUT_PACKS,
)
LIST = (CONTEXT, *VERIFY)
PLAIN = WITHOUT_PACKS
PROVE = (
    Option("event", (), N_("The id of an event, or its position."), metavar="EVENT", kind="required"),
    *WITHOUT_PACKS,
)
CHECK = (
    Option("file", (), N_("A proof in a JSON file, or - for standard input."), metavar="FILE|-", kind="required"),
    Option("key", ("--key",), N_("The public key of the node that made the proof."), LEDGER, "KEY"),
    *WITHOUT_PACKS,
)
EXPORT = (
    Option("to", ("--out", "--to"), N_("A new file; by default standard output."), RESULT, "FILE"),
    Option("after", ("--after",), N_("Only the events after this position."), LEDGER, "NUMBER"),
    *WITHOUT_PACKS,
)
FORGET_KEY = (
    Option("name", (), N_("The key that was lost."), metavar="|".join(KEYS), kind="required", choices=KEYS),
    Option("yes", ("--yes", "-y"), N_("Do not ask for confirmation."), RESULT, kind="flag"),
    *WITHOUT_PACKS,
)
BACKUP = (
    Option("file", (), N_("A new file for the backup."), metavar="FILE", kind="required"),
    Option("without_keys", ("--without-keys",), N_("Leave the keys out of the backup."), RESULT, kind="flag"),
    *WITHOUT_PACKS,
)
RESTORE = (Option("file", (), N_("A file that `backup` wrote."), metavar="FILE", kind="required"), *WITHOUT_PACKS)
DEMO = (
    Option("folder", ("--folder",), N_("An empty folder for its data; by default a new temporary one."), RESULT, "DIR"),
    *WITHOUT_PACKS,
)
TRADE_SANDBOX = (
    Option(
        "folder",
        ("--folder",),
        N_("A folder for its data, which a later run can use again; by default a new temporary one."),
        RESULT,
        "DIR",
    ),
    Option(
        "port",
        ("--port",),
        N_("The port of the node; the sandboxes use this port + 101, 102 and 103. 0: free ports. Default: 8000."),
        RESULT,
        "NUMBER",
    ),
    Option(
        "hold",
        ("--hold",),
        N_("Customs holds each parcel until its officer decides."),
        RESULT,
        kind="flag",
    ),
    *WITHOUT_PACKS,
)
