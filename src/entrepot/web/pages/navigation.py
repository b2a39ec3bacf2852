"""The navigation of every page: public sections, and those of the organization for which a person acts.

    {{ navigation.public }}  {{ navigation.desk }}  {{ navigation.pages }}    in `base.html`

A section is one entry; its pages are a second line, shown while one of them is open. A role sees only what it may open.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from entrepot.language import catalogue
from entrepot.language.translate import N_, _
from entrepot.store import pavilions
from entrepot.store.people import organizations
from entrepot.web.http.actors import Actor, current_organization

#: Where a request keeps who acts on the page, if that is not the organization chosen by the person.
ACTOR = "actor_of_navigation"


class Page(NamedTuple):
    """An entry. `roles`: one of them is needed, none for everybody. `under`: the other addresses that belong to it.

    `name`: follows the label and is not translated.
    """

    path: str
    label: str
    roles: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    name: str = ""


class Section(NamedTuple):
    """Pages under one entry, which leads to the first page that the role may open. `name`: in place of the label."""

    label: str
    pages: tuple[Page, ...]
    name: str = ""


class Link(NamedTuple):
    """An entry as it is shown. `current`: `page` for the page that is open, `true` for its section, else empty."""

    path: str
    label: str
    current: str


class Navigation(NamedTuple):
    """What `base.html` shows. `section`: the label of the section that is open, and `pages` its second line.

    `start`: the first page of the organization, else of the site; `cites_law`: the page may show trust in law.
    """

    public: list[Link]
    desk: list[Link]
    section: str
    pages: list[Link]
    organization: str
    signed_in: bool
    in_account: bool
    start: str = ""
    cites_law: bool = False


_VIEWER, _MANAGER = ("viewer",), ("manager",)

PUBLIC = (
    Section(N_("Quote"), (Page("", N_("Quote"), under=("quotes/", "compare/")),)),
    Section(
        N_("Market"),
        (
            Page("market/", N_("Market"), under=("market/",)),
            Page("market/basket/", N_("Basket"), under=("market/checkout/",)),
        ),
    ),
    Section(
        N_("Law"),
        (
            Page("law/", N_("Law"), under=("law/",)),
            Page("agreements/", N_("Agreements"), under=("agreements/",)),
            Page("packs/", N_("Coverage"), under=("packs/",)),
        ),
    ),
    Section(N_("Tables"), (Page("batch/", N_("Tables"), under=("batch/",)),)),
    Section(
        N_("About"),
        (
            Page("about/", N_("About this node")),
            Page("verify/", N_("Verify a document"), under=("badges/",)),
            Page("docs/", N_("API reference"), under=("docs/",)),
        ),
    ),
)

#: Sections whose pages say how far the law was read.
_CITING = (PUBLIC[0], PUBLIC[2], PUBLIC[3])

ACCOUNT = Section(
    N_("My account"),
    (
        Page("account/", N_("My account"), under=("account/",)),
        Page("account/organizations/", N_("My organizations")),
        Page("account/transfers/", N_("Data sent abroad")),
    ),
)

_TODO = Section(N_("To do"), (Page("todo/", N_("To do"), _VIEWER, ("todo/", "shipments/")),))

_DOCUMENTS = Section(N_("Documents"), (Page("documents/", N_("Documents"), _VIEWER, ("documents/",)),))


def _orders(*more: Page) -> Section:
    """The section of orders, of sellers and of buyers, who buy from others too."""
    pages = (
        Page("orders/", N_("Orders"), _VIEWER, ("orders/",)),
        Page("orders/new/", N_("Place an order"), _VIEWER),
        Page("returns/", N_("Returns"), _VIEWER),
        *more,
    )
    return Section(N_("Orders"), pages)


def _organization(name: str) -> Section:
    """The section that is named as the organization."""
    return Section(
        N_("Organization"),
        (
            Page("organization/", N_("Organization"), _VIEWER),
            Page("organization/members/", N_("Members"), _VIEWER),
            Page("corrections/", N_("Codes that you keep"), ("clerk",)),
            Page("organization/keys/", N_("API keys"), _MANAGER),
            Page("organization/webhooks/", "Webhooks", _MANAGER, ("organization/webhooks/",)),
        ),
        name,
    )


SELLER = (
    _TODO,
    _orders(Page("payouts/", N_("Payouts"), _MANAGER), Page("statements/", N_("Statements"), _MANAGER)),
    Section(N_("Offers"), (Page("offers/", N_("Offers"), _VIEWER, ("offers/",)),)),
    Section(
        N_("Services"),
        (
            Page("services/", N_("Services"), _VIEWER, ("services/",)),
            Page("bookings/", N_("Bookings"), _VIEWER, ("bookings/",)),
            Page("assets/", N_("Assets"), _VIEWER, ("assets/",)),
            Page("courses/", N_("Courses"), _VIEWER, ("courses/",)),
            Page("courses/tools/", N_("Course tools"), _MANAGER, ("courses/tools/",)),
            Page("services/practitioners/", N_("Practitioners"), _VIEWER),
        ),
    ),
    _DOCUMENTS,
)

BUYER = (
    _orders(),
    Section(
        N_("Services"),
        (
            Page("services/", N_("Services"), _VIEWER, ("services/", "learn/")),
            Page("bookings/", N_("Bookings"), _VIEWER, ("bookings/", "assets/")),
        ),
    ),
    _DOCUMENTS,
)

OPERATOR = (
    Section(
        N_("Operation"),
        (
            Page("operator/", N_("What is stuck"), ("viewer", "liaison")),
            Page("outbox/", N_("The outbox"), _VIEWER),
            Page("operator/limits/", N_("Annual limits"), _VIEWER),
        ),
    ),
    Section(
        N_("Sellers"),
        (
            Page("operator/sellers/", N_("Sellers"), _MANAGER, ("statements/",)),
            Page("pavilions/", N_("Pavilions"), _VIEWER, ("pavilions/",)),
            Page("orders/", N_("Orders"), _VIEWER, ("orders/",)),
        ),
    ),
    Section(N_("Nodes"), (Page("operator/nodes/", N_("Nodes"), _VIEWER, ("operator/nodes/",)),)),
    Section(
        N_("Measures"),
        (
            Page("operator/statistics/", N_("Digital trade"), ("viewer", "statistics"), ("operator/statistics/",)),
            Page("operator/programmes/", N_("Programmes"), ("viewer", "statistics"), ("operator/programmes/",)),
        ),
    ),
    Section(
        N_("Oversight"),
        (
            Page("operator/screening/", N_("Screening"), ("viewer", "liaison")),
            Page("operator/acts/", N_("Acts of administrators"), ("manager", "auditor")),
            Page("operator/erasures/", N_("Erasures"), _VIEWER),
        ),
    ),
)


def desk_of(actor: Actor, name: str, presented: Iterable[str]) -> list[Section]:
    """The sections of an organization, with the pages that the role may open. `presented`: its pavilions."""
    known = {"seller": SELLER, "operator": OPERATOR}.get(actor.kind, BUYER)
    slugs = list(presented)
    own = tuple(Page(f"pavilions/{each}/", N_("Pavilion"), _VIEWER, (), each if slugs[1:] else "") for each in slugs)
    shown = [*known, *([Section(N_("Pavilions"), own)] if own else []), _organization(name)]
    allowed = [
        each._replace(pages=tuple(page for page in each.pages if actor.roles & set(page.roles))) for each in shown
    ]
    return [each for each in allowed if each.pages]


def start_of(actor: Actor) -> str:
    """The first page of an organization, after its sign-in.

    >>> start_of(Actor("us_1", "og_1", frozenset({"statistics"}), "operator"))
    'operator/statistics/'
    """
    found = desk_of(actor, "", ())
    return found[0].pages[0].path if found else "account/"


def navigation_of(path: str, actor: Actor | None, name: str, presented: Iterable[str], person: bool) -> Navigation:
    """The navigation of the page at a path, which is without its language.

    >>> found = navigation_of("law/CN/", None, "", (), person=False)
    >>> [each.label for each in found.public if each.current], [each.label for each in found.pages if each.current]
    (['Law'], ['Law'])
    """
    desk = desk_of(actor, name, presented) if actor else []
    sections = [*PUBLIC, *desk, *([ACCOUNT] if person else [])]
    open_page, open_section = _find_open(path, sections)
    opened = open_section if open_section and len(open_section.pages) > 1 else None
    return Navigation(
        [_entry(each, open_section, path) for each in PUBLIC],
        [_entry(each, open_section, path) for each in desk],
        _named(open_section) if open_section else "",
        [_link(each, open_page) for each in opened.pages] if opened else [],
        name,
        person,
        open_section is ACCOUNT,
        desk[0].pages[0].path if desk else "",
        open_section in _CITING,
    )


def _find_open(path: str, sections: list[Section]) -> tuple[Page | None, Section | None]:
    """The page with this path; else the one under whose longest address it is."""
    best: tuple[int, Page | None, Section | None] = (0, None, None)
    for section in sections:
        for page in section.pages:
            if page.path == path:
                return page, section
            longest = max((len(each) for each in page.under if path.startswith(each)), default=0)
            if longest > best[0]:
                best = (longest, page, section)
    return best[1], best[2]


def _link(page: Page, open_page: Page | None) -> Link:
    return Link(page.path, f"{_(page.label)} {page.name}".strip(), "page" if page is open_page else "")


def _entry(section: Section, open_section: Section | None, path: str) -> Link:
    first = section.pages[0].path
    current = ("page" if path == first else "true") if section is open_section else ""
    return Link(first, _named(section), current)


def _named(section: Section) -> str:
    """A section of one page is named as the page, unless it has a name of its own."""
    return section.name or _(section.label if len(section.pages) > 1 else section.pages[0].label)


def navigation_context(request: HttpRequest) -> dict[str, Any]:
    """The variable of templates. Nothing is read from the database before a template shows it."""
    return {"navigation": SimpleLazyObject(lambda: _of_request(request))}


def shown_name(organization: str) -> str:
    """The name of an organization as pages show it. The operator's is translated until somebody changes it."""
    return _("Platform operator") if organization == organizations.OPERATOR_NAME else organization


def _of_request(request: HttpRequest) -> Navigation:
    """The navigation of a request; that of a visitor if the database does not answer, as on the page that says so."""
    first, _slash, path = request.path_info.lstrip("/").partition("/")
    if first not in catalogue.LANGUAGES:
        path = "nowhere"
    user = getattr(request, "user", None)
    try:
        if user is None or not user.is_authenticated:
            return navigation_of(path, None, "", (), person=False)
        actor = getattr(request, ACTOR, None) or current_organization(request)
        row = organizations.find_organization(actor.organization) if actor else None
        presented = pavilions.slugs_of(actor.organization) if actor else []
        return navigation_of(path, actor, shown_name(row.name if row else ""), presented, person=True)
    except DatabaseError:
        return navigation_of(path, None, "", (), person=False)
