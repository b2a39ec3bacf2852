"""The commands under `outbox`: list the messages that leave this node, send one again, or discard one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from rich.text import Text

from entrepot.cli import exit_codes, terminal
from entrepot.cli.exit_codes import Stop
from entrepot.cli.outbox_options import STATES
from entrepot.cli.serve import whole_number
from entrepot.cli.wrap import cell_len, pad
from entrepot.language.translate import _
from entrepot.model.errors import in_quotes

#: Messages that are listed, by default and at most.
LISTED, MAX_LISTED = 50, 1000


def list_messages(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot outbox list`."""
    from entrepot.trade_app.outbox import open_outbox

    state = arguments.get("state")
    if state is not None and state not in STATES:
        message = _("{option} must be one of {words}, not {text}.")
        said = message.format(option="--state", words=" | ".join(STATES), text=in_quotes(state))
        raise Stop(exit_codes.USAGE, "invalid", said, "--state")
    queue = open_outbox()
    limit = whole_number(arguments.get("limit"), "--limit", MAX_LISTED) or LISTED
    found = queue.listed(state=state, channel=arguments.get("channel"), group=arguments.get("object"), limit=limit)
    if arguments["json"]:
        counts = [
            {"channel": channel, "state": state, "count": count}
            for (channel, state), count in sorted(queue.counts().items())
        ]
        exit_codes.put_json({"object": "list", "counts": counts, "data": [_as_json(each) for each in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No messages.") + "\n")
        return exit_codes.SUCCESS
    head = [_("number"), _("channel"), _("state"), _("attempts"), _("due"), _("what"), _("reason")]
    rows = [
        [
            str(each.id),
            each.channel,
            each.state,
            str(each.attempts),
            f"{each.due:%Y-%m-%d %H:%M}",
            f"{each.topic} {each.group}",
            each.reason,
        ]
        for each in found
    ]
    wide = [max(cell_len(line[at]) for line in (head, *rows)) + 2 for at in range(len(head))]
    lines = [Text(" " + "".join(map(pad, line, wide)).rstrip()) for line in (head, *rows)]
    lines[0].stylize("dim")
    terminal.put_lines(terminal.console(), lines)
    return exit_codes.SUCCESS


def retry(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot outbox retry NUMBER`."""
    return _act(arguments, "retry")


def discard(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot outbox discard NUMBER`."""
    return _act(arguments, "discard")


def _act(arguments: Mapping[str, Any], action: str) -> int:
    from entrepot.trade.outbox import NotPossible
    from entrepot.trade.ports import NotFound
    from entrepot.trade_app import outbox

    number = whole_number(arguments["name"], "NUMBER", 10**9 - 1) or 0
    now = dt.datetime.now(dt.UTC)
    try:
        message = (outbox.retry if action == "retry" else outbox.discard)(number, now, outbox.command_line())
    except NotFound:
        says = _("There is no message {number}; `entrepot outbox list` lists them.").format(number=number)
        raise Stop(exit_codes.NO_LAW, "not_found", says, "NUMBER") from None
    except NotPossible as error:
        raise Stop(exit_codes.USAGE, error.code, _(error.text).format(**error.values), "NUMBER") from None
    if arguments["json"]:
        exit_codes.put_json(_as_json(message))
        return exit_codes.SUCCESS
    done = (
        _("Message {number} is sent as soon as possible.") if action == "retry" else _("Message {number} is discarded.")
    )
    exit_codes.put_text(done.format(number=number) + "\n")
    return exit_codes.SUCCESS


def _as_json(message: Any) -> dict[str, Any]:
    """A message without its body, which may name more than an operator has to see."""
    return {
        "object": "message",
        "id": message.id,
        "channel": message.channel,
        "topic": message.topic,
        "subject": message.group,
        "key": message.key,
        "state": message.state,
        "attempts": message.attempts,
        "created": message.created.isoformat(timespec="milliseconds"),
        "due": message.due.isoformat(timespec="milliseconds"),
        "reason": message.reason,
    }
