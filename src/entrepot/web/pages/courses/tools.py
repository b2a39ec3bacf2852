"""The course tools of a seller: registered here, with what is to be entered in the tool."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.lti.faults import LtiFault
from entrepot.language.translate import _
from entrepot.store import courses as rows
from entrepot.trade_app.services import course_tools
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.pages.courses import words
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.trade.course_platform import now, platform_of

FIELDS = {"name": 120, "login_url": 600, "launch_urls": 3000, "linking_url": 600, "jwks_url": 600, "public_key": 20_000}


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_tools(request: HttpRequest, language: str) -> HttpResponseBase:
    """The tools, with a form to register one."""
    actor = _seller(request)
    notes: list[Note] = []
    if request.method == "POST":
        try:
            made = course_tools.register(actor.organization, _given(request), now())
            return HttpResponseRedirect(address_of_page(f"courses/tools/{made.id}/"))
        except rows.TooMany:
            says = _("An organization has at most {most} tools. Delete one.").format(most=rows.MAX_TOOLS)
            notes.append(Note(says, "bad"))
        except LtiFault as fault:
            notes.append(Note(f"{_label(fault.code)}: {fault.message}", "bad"))
    context = {
        "rows": [
            (each, words.status(each.status), words.look(each.status)) for each in rows.list_tools(actor.organization)
        ],
        "given": request.POST,
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "courses/tools.html", context, status=422 if notes else 200)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """A tool: what is to be entered in it, its registration, and its end."""
    actor = _seller(request)
    tool = rows.find_tool(number, organization=actor.organization)
    if tool is None:
        raise Http404
    notes: list[Note] = []
    if request.method == "POST":
        action = text_of(request, "action")
        if action in ("enable", "disable"):
            course_tools.set_status(actor.organization, number, enabled=action == "enable")
        elif action == "delete":
            rows.delete_tool(number, actor.organization)
            return HttpResponseRedirect(address_of_page("courses/tools/"))
        else:
            try:
                course_tools.change(actor.organization, number, _given(request))
            except LtiFault as fault:
                notes.append(Note(f"{_label(fault.code)}: {fault.message}", "bad"))
        if not notes:
            return HttpResponseRedirect(address_of_page(f"courses/tools/{number}/"))
    platform = platform_of(request)
    given: Any = request.POST if notes else {**_as_form(tool)}
    context = {
        "tool": tool,
        "status": words.status(tool.status),
        "look": words.look(tool.status),
        "given": given,
        "platform": [
            (_("Issuer"), platform.issuer),
            (_("Client id"), tool.client_id),
            (_("Deployment id"), tool.deployment),
            (_("Authentication URL"), platform.address("authorize")),
            (_("Access token URL"), platform.address("token")),
            (_("Key set URL"), platform.address("keys")),
        ],
        "notes": notes,
        **nav_context(request, actor),
    }
    return render(request, "courses/tool.html", context, status=422 if notes else 200)


def _seller(request: HttpRequest) -> Actor:
    actor = require_role(request, "manager")
    if actor.kind != "seller":
        raise Http404
    return actor


def _given(request: HttpRequest) -> dict[str, str]:
    given = {name: text_of(request, name, most) for name, most in FIELDS.items()}
    return {**given, "keys": given["public_key"]}


def _as_form(tool: Any) -> dict[str, str]:
    # Not `keys`: a template would read the method of the mapping instead.
    typed = {"launch_urls": "\n".join(tool.launch_urls), "public_key": tool.keys}
    return {name: typed[name] if name in typed else getattr(tool, name) for name in FIELDS}


def _label(field: str) -> str:
    labels = {
        "name": _("Name"),
        "login_url": _("Login URL"),
        "launch_urls": _("Launch URLs"),
        "linking_url": _("URL for choosing content"),
        "jwks_url": _("Key set URL"),
    }
    return labels.get(field, _("Public key"))
