"""Read a sale in JSON from a file or standard input."""

from __future__ import annotations

import re
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import msgspec

from entrepot.cli.exit_codes import INVALID_SALE, USAGE, Stop
from entrepot.language.translate import N_, _
from entrepot.model import json
from entrepot.model.errors import format_quoted

#: Bytes of a request that are read at most.
LARGEST_REQUEST = 8 * 1024 * 1024


def read_request(path: str) -> dict[str, Any]:
    """The sale in a file, or in standard input where the path is `-`. Decimals stay exact. Raises Stop."""
    try:
        if path == "-":
            content = sys.stdin.buffer.read(LARGEST_REQUEST + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(LARGEST_REQUEST + 1)
    except FileNotFoundError:
        raise Stop(
            USAGE,
            "no_file",
            _("File {path} does not exist. Give the path of a sale in JSON, or - for standard input.").format(
                path=path
            ),
        ) from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Stop(USAGE, "no_file", _("{path} cannot be read: {why}.").format(path=path, why=why)) from None
    if len(content) > LARGEST_REQUEST:
        raise Stop(INVALID_SALE, "too_large", _("The request is larger than 8 MB. Send fewer lines at a time."))
    return read_json(content)


def read_json(content: bytes) -> dict[str, Any]:
    """A sale from its bytes. Raises Stop.

    >>> read_json(b'{"lines": [{"amount": 0.10}]}')
    {'lines': [{'amount': Decimal('0.10')}]}
    """
    content = content.removeprefix(b"\xef\xbb\xbf")
    try:
        content.decode("utf-8")
        value = json.decode(content, msgspec.json.Decoder(float_hook=Decimal))
        name = json.repeated_name(content, value) if isinstance(value, dict) else None
    except UnicodeDecodeError as error:
        message = _("The request is not UTF-8 (byte {place}). Save it as UTF-8.").format(place=error.start)
        raise Stop(INVALID_SALE, "invalid_json", message) from None
    except json.TooDeep as error:
        text = N_("The request is nested {found} levels deep: at most {most} are allowed.")
        named = {"found": error.found, "most": json.MAX_DEPTH}
        raise Stop(INVALID_SALE, "invalid_json", text.format(**named), "", _(text).format(**named)) from None
    except (msgspec.DecodeError, InvalidOperation) as error:
        text, place = N_("The request is not valid JSON: {why}."), re.search(r"\(byte \d+\)", str(error))
        said = " ".join(filter(None, (_(json.hint_for(content, error)), place and place[0])))
        english = text.format(why=json.explain(content, error))
        raise Stop(INVALID_SALE, "invalid_json", english, "", _(text).format(why=said)) from None
    if not isinstance(value, dict):
        raise Stop(
            INVALID_SALE,
            "invalid",
            _('The request is not a JSON object. A sale is an object: {{"ship_from": …}}.').format(),
        )
    if name is not None:
        text = N_("The field {name!r} is given twice. Give it once.")
        raise Stop(
            INVALID_SALE, "duplicate_field", format_quoted(text, name=name), name, format_quoted(_(text), name=name)
        )
    return value
