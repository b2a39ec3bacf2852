"""Verify a file that somebody received: a credential of a document, a PDF with some, or a badge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from entrepot.connect.badges.verify import is_credential
from entrepot.connect.documents.verify import Verdict
from entrepot.trade.papers.keys import DocumentKey
from entrepot.trade_app import documents
from entrepot.trade_app.nodes.badges import verify_of_peers
from entrepot.trade_app.services import badges


def verify_file(content: bytes, other: Mapping[str, DocumentKey] | None = None) -> tuple[Verdict, ...]:
    """Verify a file: what this node issued by its ledger, what another one did by its published keys (`other`).

    Of a badge that a node issued with which this one exchanges, the keys are read at that node.
    """
    if is_credential(content):
        now = dt.datetime.now(dt.UTC)
        found = badges.verify_file(content, documents.key_of(other or {}), now)
        if found.code == "key_unknown" and not other:
            found = verify_of_peers(content, found.values["issuer"], now) or found
        return (found,)
    return documents.verify_file(content, other)
