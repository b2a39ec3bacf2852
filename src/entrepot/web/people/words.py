"""The words of roles, kinds of organizations and scopes, in the language of the reader."""

from __future__ import annotations

from entrepot.connect.mail.topics import ROLES
from entrepot.language.translate import N_, _

#: What each role may do, as the page of members says it. Each includes those below it.
ROLES_MAY = {
    "owner": N_("manages members and the organization itself"),
    "manager": N_("refunds, cancels, and creates keys"),
    "clerk": N_("offers, orders, declares and ships"),
    "viewer": N_("sees everything of the organization"),
}
#: The same of the duties at the operator of the platform, of which none includes another.
DUTIES_MAY = {
    "auditor": N_("sees everything, including the acts of administrators; changes nothing"),
    "liaison": N_("sees what is stuck at customs, and decides on screening"),
    "statistics": N_("sees programmes and their figures"),
}
KINDS = {"seller": N_("Seller"), "buyer": N_("Buyer"), "operator": N_("Operator of this platform")}
SCOPES = {
    "quotes": N_("ask for quotes and read them"),
    "batch": N_("calculate tables"),
    "law": N_("read the law"),
    "trade": N_("offer, order, pay, declare and ship for the organization"),
}


def role_name(role: str) -> str:
    """The name of a role."""
    return _(ROLES[role])


def kind_name(kind: str) -> str:
    """The name of a kind of organization."""
    return _(KINDS[kind])
