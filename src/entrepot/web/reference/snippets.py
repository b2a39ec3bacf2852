"""A request as a command of curl, and as a program in Python and in JavaScript."""

from __future__ import annotations

import pprint
import re
import shlex
from typing import Any

import msgspec

from entrepot.web.reference.call import Call

#: The variable of the environment with the API key, in the snippets.
KEY = "KEY"
#: Operations that answer a file that is no text.
_BINARY = frozenset({"getDocumentPdf"})


def curl(call: Call, base: str, *, with_key: bool) -> str:
    """The command, for a POSIX shell."""
    method = call.operation.method
    parts = [f"curl {shlex.quote(base + call.address())}"]
    if method not in ("GET", "POST") or (method == "POST" and not call.body):
        parts.append(f"-X {method}")
    parts += [f"-H {shlex.quote(f'{name}: {value}')}" for name, value in call.headers().items()]
    if with_key:
        parts.append(f'-H "Authorization: Bearer ${KEY}"')
    if call.body:
        parts.append(f"--data-binary {shlex.quote(call.body)}")
    return " \\\n  ".join(parts)


def python(call: Call, base: str, *, with_key: bool) -> str:
    """The program, with the library httpx."""
    arguments = [repr(base + call.address().partition("?")[0])]
    if query := call.query():
        arguments.append(f"params={_literal(query)}")
    headers = call.headers()
    if call.operation.media == "application/json":
        headers.pop("Content-Type", None)
    written = [f"{name!r}: {value!r}" for name, value in headers.items()]
    if with_key:
        written.append(f'"Authorization": f"Bearer {{os.environ[{KEY!r}]}}"')
    if written:
        arguments.append(f"headers={{{', '.join(written)}}}")
    value = _json_value(call.body) if call.operation.media == "application/json" else None
    if value is not None:
        arguments.append(f"json={_literal(value)}")
    elif call.body:
        arguments.append(f"content={call.body!r}.encode()")
    listed = ",\n    ".join(each.replace("\n", "\n    ") for each in arguments)
    prints = "response.json()" if _answers_json(call) else "response.text"
    if call.operation.id in _BINARY:
        prints = "len(response.content)"
    lines = ["import os", ""] if with_key else []
    lines += ["import httpx", "", f"response = httpx.{call.operation.method.lower()}(\n    {listed},\n)"]
    return "\n".join([*lines, "response.raise_for_status()", f"print({prints})"])


def javascript(call: Call, base: str, *, with_key: bool) -> str:
    """The program, with the client that the server has at /entrepot.js."""
    options = f", {{ key: process.env.{KEY} }}" if with_key else ""
    arguments = [_script(call.values.get(each.name, "")) for each in call.operation.parameters if each.place == "path"]
    if call.operation.media == "application/json":
        arguments.append(call.body.strip() or "{}")
    elif call.body:
        rows = ",\n".join(f"  {line}" for line in call.body.splitlines() if line.strip())
        arguments.append(f"[\n{rows},\n]")
    if given := _options(call):
        arguments.append(given)
    return "\n".join(
        [
            f'import {{ Client }} from "./entrepot.js"; // {base}/entrepot.js',
            "",
            f"const entrepot = new Client({_script(base)}{options});",
            f"console.log({_awaited(call, ', '.join(arguments))});",
        ]
    )


def _awaited(call: Call, arguments: str) -> str:
    """The call of the client; of a file that is no text, its size."""
    asked = f"await entrepot.{call.operation.id}({arguments})"
    return f"({asked}).byteLength" if call.operation.id in _BINARY else asked


def _options(call: Call) -> str:
    """The last argument: the parameters that are not in the path."""
    found = []
    for each in call.operation.parameters:
        text = call.values.get(each.name, "")
        if each.place == "path" or not text:
            continue
        if each.family:
            pairs = [line.partition("=") for line in text.splitlines() if line.strip()]
            value = ", ".join(f"{_script(name)}: {_script(value) if value else 'null'}" for name, _, value in pairs)
            found.append(f"{each.name}: {{ {value} }}")
        else:
            plain = each.type == "integer" and text.isdigit()
            plain = plain or (each.type == "boolean" and text in ("true", "false"))
            found.append(f"{_camel(each.name)}: {text if plain else _script(text)}")
    return f"{{ {', '.join(found)} }}" if found else ""


def _camel(name: str) -> str:
    """A name of the API as the client writes it.

    >>> _camel("starting_after"), _camel("Idempotency-Key"), _camel("on")
    ('startingAfter', 'idempotencyKey', 'on')
    """
    first, *others = re.split("[_-]", name)
    return first.lower() + "".join(each.capitalize() for each in others)


def _script(value: str) -> str:
    return msgspec.json.encode(value).decode()


def _json_value(text: str) -> Any:
    """The value of a JSON text; None if it is not JSON."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return None


def _literal(value: Any) -> str:
    return pprint.pformat(value, width=90, sort_dicts=False)


def _answers_json(call: Call) -> bool:
    return bool(call.operation.response_types) or call.operation.id == "getSchema"
