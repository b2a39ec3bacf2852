"""What administrators did, for auditors and managers of the operator: from the ledger, whose checkpoints sign it."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from entrepot.connect.mail.topics import ROLES
from entrepot.language.translate import N_, _
from entrepot.store.people import persons
from entrepot.trade.acts import Act
from entrepot.trade_app.books import open_books
from entrepot.web.http.actors import require_operator
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.trade.words import moment
from entrepot.web.people.words import role_name

LISTED = 200
_ACTS = {
    "member.removed": N_("Removed a member"),
    "member.role": N_("Changed the role of a member"),
    "member.invited": N_("Invited a member"),
    "key.created": N_("Created an API key"),
    "key.revoked": N_("Revoked an API key"),
    "screening.shown": N_("Opened a hit of the screening"),
}
#: What was done on Django's administration site; the kind of object follows, as that site names it.
_SITE = {
    "added": N_("Added on the administration site"),
    "changed": N_("Changed on the administration site"),
    "deleted": N_("Deleted on the administration site"),
    "done": N_("Done on the administration site"),
}


@never_cache
@require_safe
def list_acts(request: HttpRequest, language: str) -> HttpResponseBase:
    """The acts, the newest first; `before`: the list goes on after that one."""
    actor = require_operator(request, "manager", duty="auditor")
    before = request.GET.get("before", "")[:60]
    found: list[Act] = list(open_books().list_objects("ac_", before=before, limit=LISTED))
    rows = [
        {"act": each, "says": says(each.act), "time": moment(each.created), "who": _name_of(each.by)} for each in found
    ]
    more = found[-1].id if len(found) == LISTED else ""
    return render(request, "trade/acts.html", {"rows": rows, "more": more, **nav_context(request, actor)})


def says(act: str) -> str:
    """What an act is called, in the reader's language; a code that is not known, as it is.

    >>> says("member.invited.clerk"), says("site.user.changed"), says("moon.landed")
    ('Invited a member: Clerk', 'Changed on the administration site: user', 'moon.landed')
    """
    if act in _ACTS:
        return _(_ACTS[act])
    start, _dot, value = act.rpartition(".")
    if start in _ACTS and value in ROLES:
        return f"{_(_ACTS[start])}: {role_name(value)}"
    site, _dot, kind = start.partition(".")
    return f"{_(_SITE[value])}: {kind}" if site == "site" and value in _SITE else act


def _name_of(number: str) -> str:
    """The name of a person; its id where it was erased or acted on the machine."""
    row = persons.find_person(number) if number.startswith("us_") else None
    return persons.name_of(row) if row is not None else number
