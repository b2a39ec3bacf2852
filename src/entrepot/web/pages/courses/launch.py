"""Launches in the browser: to a tool, back with its question, and to it with the signed message."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from entrepot.connect.lti.faults import LtiFault
from entrepot.language import catalogue, translate
from entrepot.language.translate import _, error_text
from entrepot.model.errors import EntrepotError
from entrepot.trade.ports import NotFound
from entrepot.trade_app.services import course_launches, courses, pages_tool
from entrepot.trade_app.services.course_launches import Person
from entrepot.web.http import visiting
from entrepot.web.http.actors import Actor, require_role
from entrepot.web.http.error_pages import error_page
from entrepot.web.http.middleware import POLICY
from entrepot.web.pages.courses import words
from entrepot.web.pages.people.form_page import address_of_page
from entrepot.web.trade.course_platform import now, platform_of

View = Callable[..., HttpResponseBase]
#: Where a session keeps the language of the page on which a course was opened.
LANGUAGE = "language_of_course"


class Redirect(HttpResponseRedirect):
    """A redirect whose request is a GET, also after a form."""

    status_code = 303


def faults_shown(view: View) -> View:
    """A view whose faults are pages that say what is wrong."""

    @wraps(view)
    def handle(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotFound:
            raise Http404 from None
        except LtiFault as fault:
            says = words.fault(fault.code, fault.message)
            return error_page(request, fault.status, _("The course could not be opened"), says)
        except EntrepotError as error:
            return error_page(request, 403, _("The course could not be opened"), error_text(error))

    return handle


@never_cache
@require_http_methods(["GET"])
@faults_shown
def open_course(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """Begin a launch, as a learner: to the login of the tool."""
    person = _person(require_role(request, "viewer"))
    visiting.leave(request)
    return begin(request, person, language, number)


def begin(request: HttpRequest, person: Person, language: str, number: str) -> HttpResponseBase:
    """Begin a launch of a delivery. Raises TradeError, NotFound and LtiFault."""
    platform = platform_of(request)
    pages_tool.register_once(platform, now())
    request.session[LANGUAGE] = language
    return Redirect(course_launches.open_course(person, number, platform, now()))


@never_cache
@require_http_methods(["GET"])
@faults_shown
def choose(request: HttpRequest, language: str, number: str) -> HttpResponseBase:
    """Begin to choose content in a tool, as its seller."""
    person = _person(require_role(request, "clerk"))
    visiting.leave(request)
    course = courses.find(person.organization, number)
    return HttpResponseRedirect(course_launches.choose_content(person, course, platform_of(request), now()))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
@faults_shown
def authorize(request: HttpRequest) -> HttpResponseBase:
    """`/lti/authorize`: the question of a tool, answered with a form that the browser posts to it.

    A POST comes from another site, without the cookies of this one: it is asked again as a GET.
    """
    if request.method == "POST":
        return Redirect(f"{request.path}?{request.POST.urlencode()}")
    person = visiting.person_of(request) or _person(require_role(request, "viewer"))
    _speak(request)
    given = {name: value for name, value in request.GET.items() if isinstance(value, str)}
    message = course_launches.authorize(given, person, platform_of(request), now())
    response = render(request, "courses/post.html", {"message": message})
    # The only form of the page goes to a registered address of the tool, which may redirect within its own sites.
    scheme = urlsplit(message.address).scheme
    response["Content-Security-Policy"] = POLICY.replace("form-action 'self'", f"form-action 'self' {scheme}:")
    return response


@csrf_exempt
@never_cache
@require_http_methods(["POST"])
@faults_shown
def accept_content(request: HttpRequest) -> HttpResponseBase:
    """`/lti/deep-links`: what a seller chose in its tool. The tool's signature counts, and no cookie."""
    token = request.POST.get("JWT", "")
    course = course_launches.accept_content(token, platform_of(request), now())
    return Redirect(address_of_page(f"courses/{course.id}/"))


@csrf_exempt
@never_cache
@require_http_methods(["GET", "POST"])
@faults_shown
def login_of_pages(request: HttpRequest) -> HttpResponseBase:
    """`/courses/login`: the login of the tool of built-in courses."""
    given = {name: str(value) for name, value in (request.GET or request.POST).items()}
    return HttpResponseRedirect(pages_tool.login(given, request.session, platform_of(request)))


@csrf_exempt
@never_cache
@require_http_methods(["POST"])
@faults_shown
def launch_of_pages(request: HttpRequest) -> HttpResponseBase:
    """`/courses/launch`: the message of the platform to the tool of built-in courses."""
    given = {name: str(value) for name, value in request.POST.items()}
    _speak(request)
    course = pages_tool.launch(given, request.session, platform_of(request), now())
    return Redirect(address_of_page(f"learn/{course}/"))


def _speak(request: HttpRequest) -> None:
    """Use the language of the page that began the launch: the addresses of a launch have none."""
    language = request.session.get(LANGUAGE)
    if language in catalogue.LANGUAGES:
        translate.use_language(language)


def _person(actor: Actor) -> Person:
    return Person(actor.person or "", actor.organization)
