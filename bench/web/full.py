"""The most load that wrk can produce: responses a second, and latencies."""

from __future__ import annotations

import json
import secrets
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from server_processes import Server

#: One thread of wrk sends the bodies in turn over so many connections.
CONNECTIONS = 16
#: The Idempotency-Key of a request is its number in the run, after the name of the run: no two are the same.
SCRIPT = """
local bodies = {bodies}
local run = "{run}"
local heads, tails, at, number = {{}}, {{}}, 0, 0
function init()
  local headers = {{["Content-Type"] = "application/json", ["Authorization"] = "{key}"}}
  if run ~= "" then headers["Idempotency-Key"] = run end
  for place, body in ipairs(bodies) do
    local text = wrk.format("POST", nil, headers, body)
    local last = run == "" and #text or select(2, text:find(run, 1, true))
    heads[place], tails[place] = text:sub(1, last), text:sub(last + 1)
  end
end
function request()
  at = at % #heads + 1
  if run == "" then return heads[at] end
  number = number + 1
  return heads[at] .. number .. tails[at]
end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format("FIGURES {{\\"answers\\": %d, \\"microseconds\\": %d, \\"bytes\\": %d, " ..
    "\\"faults\\": %d, \\"p50\\": %d, \\"p90\\": %d, \\"p99\\": %d, \\"max\\": %d}}\\n", summary.requests,
    summary.duration, summary.bytes,
    e.connect + e.read + e.write + e.status + e.timeout, latency:percentile(50), latency:percentile(90),
    latency:percentile(99), latency.max))
end
"""


class Load(NamedTuple):
    """Responses a second; latencies in milliseconds; microseconds of processor time for each response."""

    each_second: float
    p50: float
    p90: float
    p99: float
    processor: float
    kilobytes: float


class Faulty(Exception):
    """Some requests failed, so the throughput means nothing."""


def load(
    server: Server, path: str, bodies: list[str], key: str, seconds: float, room: Path, *, keyed: bool = False
) -> Load:
    """Run wrk. `keyed`: each request has an Idempotency-Key of its own. Raises Faulty if a request failed."""
    script, run = room / "load.lua", f"run-{secrets.token_hex(8)}-" if keyed else ""
    texts = ",".join(f"[==[{body}]==]" for body in bodies)
    script.write_text(SCRIPT.format(bodies="{" + texts + "}", key=key, run=run))
    words = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--timeout", "20s"]
    before = server.processor_seconds()
    ran = subprocess.run(
        [*words, "--duration", f"{seconds:g}s", "--script", str(script), server.url + path],
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        raise Faulty(f"wrk says {(ran.stderr or ran.stdout).strip()}; the server says\n{server.last_log()}")
    used = server.processor_seconds() - before
    told = next(line for line in ran.stdout.splitlines() if line.startswith("FIGURES "))
    found: dict[str, Any] = json.loads(told.removeprefix("FIGURES "))
    if found["faults"] or not found["answers"]:
        raise Faulty(f"{found['faults']} of {found['answers']} answers of {path}; the server says\n{server.last_log()}")
    many = found["answers"]
    times = [found[name] / 1000 for name in ("p50", "p90", "p99")]
    return Load(many * 1e6 / found["microseconds"], *times, used / many * 1e6, found["bytes"] / many / 1000)


def version() -> str | None:
    """The version of wrk; None if it is not installed."""
    try:
        said = subprocess.run(["wrk", "--version"], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return (said.stdout + said.stderr).split("\n", 1)[0].partition(" Copyright")[0].strip()
