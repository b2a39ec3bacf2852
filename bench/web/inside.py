"""Use the database of a server from another process with its settings.

python inside.py key           creates an API key and prints it
python inside.py made ID FILE  writes the row of a quote to a file, for `bare` to insert it again
"""

from __future__ import annotations

import sys
from pathlib import Path

import django
import msgspec


def main(words: list[str]) -> None:
    """Run one of the commands."""
    django.setup()
    from entrepot import stored_quotes
    from entrepot.store import keys, models

    if words == ["key"]:
        print(keys.create_key("bench", ["quotes", "batch", "law"], keys.MAX_PER_MINUTE)[1])
        return
    row = models.Quote.objects.get(id=words[1])
    found = {"packed": bytes(row.packed), "hash": row.hash, "law": row.law_id, "answer": stored_quotes.stored_json(row)}
    Path(words[2]).write_bytes(msgspec.msgpack.encode(found))


if __name__ == "__main__":
    main(sys.argv[1:])
