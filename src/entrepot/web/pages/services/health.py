"""The page of a video visit that concerns health: what the provider asks for, the consent, the patient, and the notes.

The call itself is another page. What concerns health is shown to members who act for their organization (clerks and
above), and never stands in an address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from entrepot.connect.documents import pdf
from entrepot.language.translate import _, current_language, day, error_text, place
from entrepot.language.zones import moment_in, period_in, zones_of
from entrepot.law.periods import Period
from entrepot.model.errors import TradeError
from entrepot.store.people import organizations
from entrepot.trade.delivery.deliveries import Delivery
from entrepot.trade.health import rules
from entrepot.trade.health.chart import Chart
from entrepot.trade.health.consent_text import CURRENT
from entrepot.trade.health.intake import FIELDS
from entrepot.trade.health.notes import FIELDS as NOTE_FIELDS
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import health, notes
from entrepot.trade_app.services.health import Person
from entrepot.trade_app.services.health_reads import FILE, PAGE, log_reads, reads_of
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.http.error_pages import error_page
from entrepot.web.pages.people.form_page import Note, address_of_page, text_of
from entrepot.web.pages.people.nav import nav_context
from entrepot.web.pages.services import health_words as words
from entrepot.web.pages.trade.requests import attempt
from entrepot.web.pages.trade.words import delivery_status, look
from entrepot.web.trade import calls


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def record(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """The visit, as its patient or its provider."""
    actor = require_role(request, "clerk" if request.method == "POST" else "viewer")
    try:
        if not health.is_health_visit(health.any_visit(actor.organization, number)):
            return HttpResponseRedirect(address_of_page(f"services/{number}/visit/call/"))
        chart = health.chart(actor.organization, number)
    except NotFound:
        raise Http404 from None
    if "clerk" not in actor.roles:
        chart = chart._replace(patient=None)
    if chart.patient is not None and chart.record is not None:
        log_reads(_who(actor), [chart.record], PAGE)
    said: list[Note] = []
    if request.method == "POST" and attempt(said, _act, request, actor, number):
        return HttpResponseRedirect(address_of_page(f"services/{number}/visit/"))
    delivery: Delivery = calls.books().read(number)
    context = {
        **_head(chart, delivery),
        **(_patient_side(request, chart, delivery) if actor.organization == delivery.buyer else {}),
        **(_provider_side(request, chart, actor) if actor.organization == delivery.seller else {}),
        "notes": said,
        "signed": [(each, moment_in(each.signed, _zone(chart))) for each in _notes_of(chart)],
        "may_read": "clerk" in actor.roles,
        **nav_context(request, actor),
    }
    return render(request, "services/health.html", context, status=422 if said else 200)


def _who(actor: Actor) -> Person:
    return Person(actor.organization, actor.person or "")


def _act(request: HttpRequest, actor: Actor, number: str) -> None:
    """Do what a form asks for. Raises EntrepotError and NotFound."""
    who, action = _who(actor), text_of(request, "action", 20)
    if action == "prepare":
        # Longer texts are refused by name, and not cut.
        health.prepare(who, number, {name: text_of(request, name, most + 1) for name, most in FIELDS.items()})
    elif action == "consent":
        if text_of(request, "agreed") != "yes":
            raise TradeError("not_agreed", "Tick that you agree, or leave the page.", "agreed")
        version = text_of(request, "version", 20)
        health.consent(who, number, version=version, language=current_language())
    elif action == "withdraw":
        health.withdraw(who, number)
    elif action == "sign":
        notes.sign(who, number, {name: text_of(request, name, most + 1) for name, most in NOTE_FIELDS.items()})
    else:
        raise Http404


def _head(chart: Chart, delivery: Delivery) -> dict[str, Any]:
    """What both sides see."""
    licence, profile = delivery.terms.licence, chart.doctor.profile if chart.doctor else None
    patient_zone, provider_zone = _zones(chart, delivery)
    return {
        "number": chart.delivery,
        "status": delivery_status(delivery.status),
        "look": look(delivery.status),
        "provider": chart.provider,
        "doctor": profile,
        "licence": licence,
        "licence_place": place(licence.economy) if licence else "",
        "checked_by": _checked_by(licence.checked_by) if licence and licence.checked_by else "",
        "patient_time": moment_in(chart.starts, patient_zone),
        "provider_time": moment_in(chart.starts, provider_zone),
        "economies": [place(each) for each in delivery.economies],
        "encounter": chart.encounter,
        "encounter_times": [
            period_in(chart.encounter.start, chart.encounter.end, zone)
            for zone in dict.fromkeys((patient_zone, provider_zone))
        ]
        if chart.encounter
        else [],
        "minutes": max(1, round(chart.encounter.seconds / 60)) if chart.encounter and chart.encounter.seconds else 0,
        "is_open": delivery.is_open,
        "record": chart.record,
        "consent": _consent(chart),
        "kept": _kept(chart, delivery),
        "is_ended": delivery.status in ("cancelled", "no_show", "closed"),
    }


def _patient_side(request: HttpRequest, chart: Chart, delivery: Delivery) -> dict[str, Any]:
    """The forms of the patient: what is given, the consent, and its withdrawal."""
    economies = health.facts_of(delivery).economies
    given: Mapping[str, str] = request.POST if text_of(request, "action") == "prepare" else {}
    if not given and chart.patient is not None:
        given = chart.patient.values
    until, _rule = _retention(chart, delivery)
    return {
        "is_patient": True,
        "fields": _fields(given, economies[0]),
        "may_give": not delivery.begun and delivery.status in ("waiting", "ready"),
        "sentences": words.consent_sentences(economies, chart.provider, until),
        "version": CURRENT.version,
        "patient": chart.patient,
        "given_for": _("Given for {name}.").format(name=chart.patient.name) if chart.patient else "",
        "reads": _reads(chart, delivery),
        "may_withdraw": chart.record is not None and chart.record.consent is not None,
    }


def _reads(chart: Chart, delivery: Delivery) -> list[dict[str, str]]:
    """Who read the record, for the patient: a day, an organization, the reference of a person, and how."""
    if chart.record is None:
        return []
    sides = {each: organizations.name_of(each) for each in delivery.owners} | {"": _("The operator of this node")}
    return [
        {
            "day": day(each.day.isoformat()),
            "who": sides.get(each.organization, each.organization),
            "person": each.person,
            "how": words.read_how(each.how),
        }
        for each in reads_of(chart.record)
    ]


def _provider_side(request: HttpRequest, chart: Chart, actor: Actor) -> dict[str, Any]:
    """The patient, and the form of the note for its practitioner."""
    given: Mapping[str, str] = request.POST if text_of(request, "action") == "sign" else {}
    signer = chart.doctor is not None and chart.doctor.practitioner.person == actor.person
    took_place = chart.encounter is not None and bool(chart.encounter.end) and bool(chart.encounter.seconds)
    return {
        "is_provider": True,
        "patient": chart.patient,
        "patient_rows": _patient_rows(chart),
        "may_sign": signer and took_place and chart.record is not None,
        "signs_other": took_place and not signer,
        "note_fields": [(name, _(text), given.get(name, ""), NOTE_FIELDS[name]) for name, text in words.NOTE.items()],
    }


def _fields(given: Mapping[str, str], economy: str) -> list[dict[str, Any]]:
    """The fields of the intake. A field of one line; a longer text; or a choice."""
    choices = {
        "sex": words.choices(words.SEXES),
        "relation": words.choices(words.RELATIONS),
        "zone": [(each, each) for each in zones_of(economy)],
    }
    kinds = {"born": "date", "telephone": "tel", "reason": "area"}
    completes = {"name": "name", "born": "bday", "telephone": "tel"}
    return [
        {
            "name": name,
            "label": _(label),
            "value": given.get(name, ""),
            "kind": kinds.get(name, "text"),
            "most": FIELDS[name],
            "options": choices.get(name, ()),
            "required": name not in ("guardian", "relation"),
            "autocomplete": completes.get(name, "off"),
            "wide": name in ("place", "reason"),
        }
        for name, label in words.INTAKE.items()
    ]


def _patient_rows(chart: Chart) -> list[tuple[str, str]]:
    if chart.patient is None:
        return []
    shown = chart.patient.values | {
        "born": day(chart.patient.born),
        "sex": _(words.SEXES[chart.patient.sex]),
        "relation": _(words.RELATIONS[chart.patient.relation]),
    }
    return [(_(label), shown[name]) for name, label in words.INTAKE.items() if chart.patient.values[name]]


def _consent(chart: Chart) -> dict[str, str] | None:
    """The last consent as it is shown."""
    given = chart.record.consents[-1] if chart.record and chart.record.consents else None
    if given is None:
        return None
    zone = _zone(chart)
    when, ended = moment_in(given.given, zone), moment_in(given.withdrawn, zone) if given.withdrawn else ""
    ends = _("The consent is not in force since {time}.")
    return {
        "says": _(words.CONSENTED[given.capacity]).format(time=when, version=given.version),
        "ended": ends.format(time=ended) if ended else "",
    }


def _retention(chart: Chart, delivery: Delivery) -> tuple[str, Period | None]:
    """Until when the record of this visit is kept, or would be, and by which row; None: by no known one."""
    found, known = chart.record, health.periods()
    time = delivery.ended or delivery.starts
    last = dt.datetime.fromisoformat(time).date() if time else timezone.now().date()
    if found is None:
        rule = rules.longest_retention(health.facts_of(delivery).economies, last, known)
        return rules.years_later(last, rule.years).isoformat(), rule
    until = found.kept_until or rules.years_later(last, found.kept_years).isoformat()
    return until, known.named(found.kept_by)


def _kept(chart: Chart, delivery: Delivery) -> str:
    if chart.record is None or not chart.record.kept_until:
        return ""
    return words.kept_text(*_retention(chart, delivery))


def _zones(chart: Chart, delivery: Delivery) -> tuple[str, str]:
    """The zones of the patient and of the provider, else one of their economies."""
    patient, provider = health.facts_of(delivery).economies
    doctor = chart.doctor.profile.zone if chart.doctor and chart.doctor.profile else ""
    return (
        chart.patient.zone if chart.patient else zones_of(patient)[0],
        doctor or zones_of(provider)[0],
    )


def _zone(chart: Chart) -> str:
    return chart.patient.zone if chart.patient else "UTC"


def _checked_by(number: str) -> str:
    """Who checked a licence: an organization by its name, an operator's member as the operator."""
    if number.startswith("og_"):
        return organizations.name_of(number)
    return organizations.operator().name


def _notes_of(chart: Chart) -> list[Any]:
    return list(chart.record.notes)[::-1] if chart.record is not None else []


@never_cache
@require_http_methods(["GET", "HEAD"])
def note(request: HttpRequest, language: str, number: str, part: int) -> HttpResponseBase:
    """A signed note as it is printed."""
    actor = require_role(request, "clerk")
    try:
        content, _signature = notes.read(_who(actor), number, part, how=PAGE)
    except NotFound:
        raise Http404 from None
    except TradeError as error:
        return error_page(request, 410, _("Erased"), error_text(error))
    context = {
        # Every text in it is escaped where it is made (`connect.documents.html`).
        "article": mark_safe(notes.article(content, f"{content.record}-{content.number}")),  # noqa: S308
        "number": number,
        "part": part,
        "pdf_there": pdf.available(),
        **nav_context(request, actor),
    }
    return render(request, "services/note.html", context)


@never_cache
@require_http_methods(["GET", "HEAD"])
def note_file(request: HttpRequest, language: str, number: str, part: int, form: str) -> HttpResponseBase:
    """A file of a note: the PDF with data and signature inside, the signature, or the data."""
    actor = require_role(request, "clerk")
    if form not in notes.FORMS:
        raise Http404
    try:
        content = notes.file_of(_who(actor), number, part, form, how=FILE)
    except NotFound:
        raise Http404 from None
    except TradeError as error:
        return error_page(request, 410, _("Erased"), error_text(error))
    except pdf.PdfNotAvailable as error:
        return error_page(request, 503, _("Not available"), str(error))
    response = HttpResponse(content, content_type=notes.FORMS[form])
    ending = "jwt" if form == "jose" else form
    response["Content-Disposition"] = f'attachment; filename="visit-note-{part}.{ending}"'
    return response
