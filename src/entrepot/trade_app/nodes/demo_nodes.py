"""Complete nodes on this machine: each with a folder, sandboxes as its counterparts, a server and a desk.

    with nodes(folder, ["VN", "CN"]) as (viet_nam, china):
        viet_nam.desk("list_offers")

All processes of all nodes start at the same time: most of a start is the import of modules.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from entrepot.model.errors import TradeError
from entrepot.trade_app import demo_processes as processes
from entrepot.trade_app.demo import recipients, settings_of

#: The counterparts of each: the carrier is the exporter's, customs and the payment company are the importer's.
COUNTERPARTS = {"CN": ("customs", "payments"), "VN": ("carrier",)}
#: How the nodes of the demonstration are called.
NAMES = {"VN": "Viet Nam's node", "CN": "China's node", "TH": "Thailand's node", "KH": "Cambodia's node"}


class Fault(Exception):
    """A step of the demonstration failed. The text has its traceback."""


class DemoNode:
    """A node of the demonstration. `economy`: whose it is; `url`: of its server."""

    def __init__(self, economy: str, folder: Path) -> None:
        self.economy, self.folder = economy, folder
        self.port = processes.free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.name = NAMES.get(economy, economy)
        self.settings: dict[str, str] = {}
        self.server = processes.Server(self.port, folder, self.settings)
        self._desk: subprocess.Popen[str] | None = None

    def open_desk(self) -> None:
        """Start the desk, and do not wait. It creates the tables and the keys of the node."""
        with (self.folder / "desk.log").open("ab") as log:
            self._desk = subprocess.Popen(  # our own module
                [sys.executable, "-m", "entrepot.trade_app.nodes.demo_desk"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                encoding="utf-8",
                env=processes.environment(self.settings),
            )

    def desk(self, step: str, **given: Any) -> Any:
        """Do a step at the desk of this node. Raises TradeError where it is refused, and Fault."""
        self.ask_desk(step, **given)
        return self.desk_answer()

    def ask_desk(self, step: str, **given: Any) -> None:
        """Begin a step at the desk of this node: `desk_answer` waits for its end."""
        assert self._desk is not None  # noqa: S101  # the caller has opened it
        assert self._desk.stdin is not None  # noqa: S101  # a pipe
        try:
            self._desk.stdin.write(json.dumps({"step": step, "given": given}) + "\n")
            self._desk.stdin.flush()
        except OSError:
            raise self._not_started() from None

    def desk_answer(self) -> Any:
        """What the step that was begun returns. Raises TradeError where it is refused, and Fault."""
        assert self._desk is not None  # noqa: S101  # as above
        assert self._desk.stdout is not None  # noqa: S101  # a pipe
        line = self._desk.stdout.readline()
        if not line:
            raise self._not_started()
        answer = json.loads(line)
        if "refused" in answer:
            raise TradeError(answer["refused"]["code"], "{why}", why=answer["refused"]["message"])
        if "fault" in answer:
            raise Fault(f"{self.name}: {answer['fault']}")
        return answer["result"]

    def _not_started(self) -> processes.NotStarted:
        text = (self.folder / "desk.log").read_text(errors="replace").strip()[-2000:]
        return processes.NotStarted(f"The desk of {self.name} ended. {text}")

    def close(self) -> None:
        """End the desk and the server."""
        if self._desk is not None:
            processes.end(self._desk)
            self._desk = None
        self.server.stop()


@contextlib.contextmanager
def nodes(
    folder: Path, economies: Sequence[str], more: Mapping[str, Mapping[str, str]] = {}
) -> Iterator[tuple[DemoNode, ...]]:
    """Run complete nodes until the block ends. `more`: further settings, by economy. Raises NotStarted."""
    found = []
    for economy in economies:
        own = folder / economy.lower()
        own.mkdir(parents=True)
        found.append(DemoNode(economy, own))
    with contextlib.ExitStack() as running:
        waits = [running.enter_context(_sandboxes(each)) for each in found]
        for each in found:
            running.callback(each.close)
            each.settings.update(_settings(each, more.get(each.economy, {})))
        for each, started in zip(found, waits, strict=True):
            each.settings.update(settings_of(each.folder, started()))
            each.open_desk()
            each.ask_desk("open_node", economy=each.economy, name=each.name)
        for each in found:
            each.desk_answer()
            each.server.start()
        for each in found:
            each.server.wait()
        yield tuple(found)


def _sandboxes(node: DemoNode) -> Any:
    """The counterparts of a node: a context that gives a function which waits for them."""
    places = recipients(node.url)
    names = COUNTERPARTS.get(node.economy, ())
    options = {name: ("--delay", "0.1", "--send-to", places[name]) for name in names}
    return processes.sandboxes(node.folder, options)


def _settings(node: DemoNode, more: Mapping[str, str]) -> dict[str, str]:
    """The settings of a node: its folder, its address, and what it says of itself."""
    return {
        "ENTREPOT_DATA": str(node.folder / "node"),
        "ENTREPOT_URL": node.url,
        "ENTREPOT_NODE": node.economy,
        "ENTREPOT_NODE_NAME": node.name,
        "ENTREPOT_NODE_OPERATOR": f"Operator of {node.name}",
        "ENTREPOT_WEBHOOKS_LOOPBACK": "1",  # the other node is on this machine
        **more,
    }
