"""The commands under `documents`: list, issue, show, withdraw and verify documents, and the key that signs them."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from entrepot.cli import exit_codes
from entrepot.cli.exit_codes import Stop
from entrepot.cli.serve import whole_number
from entrepot.language.translate import _
from entrepot.model.errors import in_quotes

#: Documents that are listed, by default and at most.
LISTED, MAX_LISTED = 50, 1000


def list_documents(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot documents list`."""
    from entrepot.trade_app.books import open_books

    limit = whole_number(arguments.get("limit"), "--limit", MAX_LISTED) or LISTED
    order = arguments.get("order")
    if order:
        found, _more = _documents().of_order(_order(order).id, limit=limit)
    else:
        found = list(open_books().list_objects("do_", limit=limit))
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": [_as_json(each) for each in found]})
        return exit_codes.SUCCESS
    if not found:
        exit_codes.put_text(_("No documents.") + "\n")
    for each in found:
        exit_codes.put_text(f"{each.id}  {each.number:10}  {each.status:9}  {each.kind}  {each.order}\n")
    return exit_codes.SUCCESS


def issue(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot documents issue ORDER KIND`: as the seller of the order, a return slip as its buyer."""
    documents = _documents()
    order = _order(arguments["order"])
    kind = arguments["kind"]
    given = {
        "order": order.id,
        "kind": kind,
        "shipment": arguments.get("shipment") or "",
        "return": arguments.get("returned") or "",
        "details": dict(_pair(each, "--set") for each in arguments.get("set") or ()),
        "lines": _lines(arguments.get("line") or ()),
    }
    by = order.buyer.party if kind == "return_slip" else order.seller
    found = documents.issue(by, given, "")
    if arguments["json"]:
        exit_codes.put_json(_as_json(found))
        return exit_codes.SUCCESS
    exit_codes.put_text(f"{found.id}  {found.number}  {found.kind}\n")
    for name, who in found.gaps.items():
        exit_codes.put_text("  " + _("to be filled in by {who}: {name}").format(who=_(who), name=name) + "\n")
    return exit_codes.SUCCESS


def show(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot documents show ID`: its content as JSON, as PDF, as UBL or as a credential."""
    documents = _documents()
    found, form = _document(arguments["document"]), arguments.get("form") or "json"
    if form == "pdf":
        from entrepot.connect.documents.pdf import PdfNotAvailable

        try:
            content = documents.pdf_of([found])
        except PdfNotAvailable as error:
            raise Stop(exit_codes.USAGE, "pdf_not_available", str(error), "--form") from None
    elif form == "xml":
        content = documents.xml_of(found)
    elif form == "jwt":
        content = documents.credential_of(found).encode() + b"\n"
    else:
        issued = documents.read(found)
        value = {**_as_json(found), "content": msgspec.to_builtins(issued.paper), "findings": issued.findings}
        content = msgspec.json.format(msgspec.json.encode(value)) + b"\n"
    if arguments.get("to") is None:
        sys.stdout.buffer.write(content)
        return exit_codes.SUCCESS
    try:
        with Path(arguments["to"]).open("xb") as file:
            file.write(content)
    except OSError as error:
        message = _("{file} cannot be written: {why}.").format(file=arguments["to"], why=error.strerror or error)
        raise Stop(exit_codes.NOT_WRITTEN, "unwritable", message, "--out") from None
    return exit_codes.SUCCESS


def withdraw(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot documents withdraw ID`."""
    documents = _documents()
    found = _document(arguments["document"])
    return _told(documents.withdraw(found.issuer, found.id, arguments.get("reason") or "other"), arguments)


def verify(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot documents verify FILE`. A file with several credentials is valid if all of them are."""
    _documents()
    content = _content(arguments["file"], "FILE")
    other = _keys(arguments["keys"]) if arguments.get("keys") else None
    from entrepot.trade_app import verification

    results = verification.verify_file(content, other)
    wrong = next((each for each in results if not each.valid), None)
    if arguments["json"]:
        first = _result(wrong or results[0])
        whole = {"object": "verification", **first, "credentials": [_result(each) for each in results]}
        exit_codes.put_json(whole)
    else:
        for each in results:
            _tell_result(each)
    return exit_codes.SUCCESS if wrong is None else exit_codes.PACK_FAULTS


def _result(found: Any) -> dict[str, Any]:
    names = ("valid", "code", "message", "issuer", "key", "issued", "expires", "claims")
    return {name: getattr(found, name) for name in names}


def _tell_result(found: Any) -> None:
    from entrepot.connect.documents.verify import SENTENCES

    exit_codes.put_text(_(SENTENCES[found.code]).format(**found.values) + "\n")
    for label, text in ((_("Issued by"), found.issuer), (_("Issued"), found.issued), (_("Valid until"), found.expires)):
        if text:
            exit_codes.put_text(f"{label}: {text}\n")
    if found.valid:
        exit_codes.put_text(_("What this does not prove:") + "\n")
        for each in found.limits:
            exit_codes.put_text(f"- {_(each)}\n")
        exit_codes.put_text(msgspec.json.format(msgspec.json.encode(found.subject)).decode() + "\n")


def keys(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot documents keys`."""
    documents = _documents()
    documents.this_node()
    found = [_key(each) for each in documents.public_keys()]
    if arguments["json"]:
        exit_codes.put_json({"object": "list", "data": found})
        return exit_codes.SUCCESS
    for each in found:
        exit_codes.put_text(f"{each['key']}  {each['status']:8} {each['created']}\n")
    if not found:
        exit_codes.put_text(_("This node has signed no document yet.") + "\n")
    return exit_codes.SUCCESS


def replace_key(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot documents replace-key`."""
    documents = _documents()
    return _told(documents.replace_key(), arguments)


def revoke_key(arguments: Mapping[str, Any]) -> int:
    """Runs `entrepot documents revoke-key KEY`."""
    documents = _documents()
    return _told(documents.revoke_key(arguments["key"]), arguments)


def _documents() -> Any:
    """The documents of this node, after its database was opened: they use its tables."""
    from entrepot.trade_app.books import open_database

    open_database()
    from entrepot.trade_app import documents

    return documents


def _told(found: Any, arguments: Mapping[str, Any]) -> int:
    """Tell the state of a document or a key after a change."""
    is_key = found.id.startswith("dk_")
    if arguments["json"]:
        exit_codes.put_json(_key(found) if is_key else _as_json(found))
    else:
        exit_codes.put_text(f"{found.thumbprint if is_key else found.id}  {found.status}\n")
    return exit_codes.SUCCESS


def _key(key: Any) -> dict[str, Any]:
    return {"object": "document_key", "key": key.thumbprint, "status": key.status, "created": key.created, "x": key.x}


def _as_json(document: Any) -> dict[str, Any]:
    """A document without its content, as the API shows it."""
    hidden = ("owners", "personal", "request", "digest", "returned", "gaps")
    shown = {name: value for name, value in msgspec.to_builtins(document).items() if name not in hidden}
    return {"object": "document", **shown, "issuer": document.issuer, "missing": document.gaps}


def _order(number: str) -> Any:
    return _object(number, "or_", _("There is no order {id}."), "ORDER")


def _document(number: str) -> Any:
    return _object(number, "do_", _("There is no document {id}; `entrepot documents list` lists them."), "ID")


def _object(number: str, prefix: str, says: str, param: str) -> Any:
    from entrepot.trade.ports import NotFound
    from entrepot.trade_app.books import open_books

    books = open_books()
    try:
        if not number.startswith(prefix):
            raise NotFound(number)
        return books.read(number)
    except NotFound:
        raise Stop(exit_codes.NO_LAW, "not_found", says.format(id=in_quotes(number)), param) from None


def _pair(text: str, option: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign:
        message = _("{text} is not a detail. Write NAME=VALUE, for example signatory=Lan.").format(text=in_quotes(text))
        raise Stop(exit_codes.USAGE, "invalid", message, option)
    return name.strip(), value.strip()


def _lines(given: Any) -> list[dict[str, Any]]:
    found: dict[int, dict[str, str]] = {}
    for each in given:
        name, value = _pair(each, "--line")
        number, sign, field = name.partition(".")
        if not (sign and number.isdecimal()):
            message = _("{text} does not name a line. Write 1.criterion=WO for line 1.").format(text=in_quotes(each))
            raise Stop(exit_codes.USAGE, "invalid", message, "--line")
        found.setdefault(int(number), {})[field] = value
    return [{"line": number, "details": details} for number, details in found.items()]


def _content(file: str, param: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        message = _("{file} cannot be read: {why}.").format(file=file, why=error.strerror or error)
        raise Stop(exit_codes.USAGE, "unreadable", message, param) from None


def _keys(file: str) -> Mapping[str, Any]:
    """The keys in the key document of another node."""
    from entrepot.connect.documents.credential import keys_of_document
    from entrepot.model import json as untrusted

    try:
        return keys_of_document(untrusted.decode(_content(file, "--keys")))
    except (msgspec.DecodeError, ValueError, TypeError, AttributeError) as error:
        message = _("{file} is not the key document of a node: {why}.").format(file=file, why=error)
        raise Stop(exit_codes.USAGE, "invalid", message, "--keys") from None
