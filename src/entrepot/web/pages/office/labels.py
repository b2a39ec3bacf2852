"""The texts of the editor, which its script shows."""

from __future__ import annotations

from entrepot.language.translate import _


def labels() -> dict[str, str]:
    """The texts by the names that the script has for them."""
    return {
        "saved": _("Everything is stored."),
        "saving": _("Storing…"),
        "connecting": _("Connecting…"),
        "offline": _("No connection. What you change is kept in this page and stored when there is one again."),
        "closed": _("The connection was closed. Load the page again."),
        "closed1009": _("A change was too large to be stored. Copy what you need, then load the page again."),
        "closed4403": _("You may read this document, but not change it."),
        "closed4404": _("This document does not exist any more."),
        "closed4410": _("Access to this document has ended."),
        "closed4411": _("This document is too large for more text. Begin another one."),
        "closed4412": _("The space of this workspace is used up. Delete documents, or buy more seats."),
        "bold": _("Bold"),
        "italic": _("Italic"),
        "strike": _("Struck through"),
        "heading1": _("Large heading"),
        "heading2": _("Small heading"),
        "bullets": _("Bulleted list"),
        "numbers": _("Numbered list"),
        "quote": _("Quotation"),
        "code": _("Code"),
        "undo": _("Undo"),
        "redo": _("Do again"),
        "addRow": _("Add a row"),
        "addColumn": _("Add a column"),
        "deleteRow": _("Delete the row"),
        "deleteColumn": _("Delete the column"),
        "resolve": _("Done"),
        "reopen": _("Open again"),
    }
