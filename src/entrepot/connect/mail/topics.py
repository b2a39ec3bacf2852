"""Which change sends an e-mail to whom, with its sentences, and which of them a person can turn off.

The reference of people and organizations has this table (docs/reference/people-and-organizations.md).
"""

from __future__ import annotations

from typing import NamedTuple

from entrepot.language.translate import N_

#: Groups of e-mails that a person can turn off, with what they are about.
GROUPS = {
    "members": N_("Changes of members, roles and keys of my organizations"),
    "orders": N_("Orders: placed, paid, released, delivered, cancelled, returned"),
    "statements": N_("Monthly statements and payouts"),
}
#: The names of roles.
ROLES = {
    "owner": N_("Owner"),
    "manager": N_("Manager"),
    "clerk": N_("Clerk"),
    "viewer": N_("Viewer"),
    "auditor": N_("Auditor"),
    "liaison": N_("Customs liaison"),
    "statistics": N_("Statistician"),
}
#: The statuses of an order as e-mails name them.
STATUSES = {
    "created": N_("placed"),
    "requote": N_("a new quote must be accepted"),
    "paid": N_("paid"),
    "payment_failed": N_("the payment failed"),
    "disputed": N_("the payment is disputed"),
    "held": N_("held by customs"),
    "refused": N_("refused by customs"),
    "detained": N_("detained by customs"),
    "returned_abroad": N_("customs sends the goods back abroad"),
    "released": N_("released by customs"),
    "shipped": N_("shipped"),
    "delivered": N_("delivered"),
    "delivery_failed": N_("the delivery failed"),
    "undeliverable": N_("the goods cannot be delivered"),
    "lost": N_("the goods are lost"),
    "cancelled": N_("cancelled"),
    "return_asked": N_("a return was applied for"),
    "return_approved": N_("the return was approved"),
    "returned": N_("the return is complete"),
}
#: To whom: the address that asked, the person concerned, or the members of an organization with at least a role.
ADDRESS, PERSON = "address", "person"


class Topic(NamedTuple):
    """The subject and the paragraphs of an e-mail, to whom it is, and its group; no group: it cannot be turned off."""

    to: str
    subject: str
    paragraphs: tuple[str, ...]
    group: str = ""


_NOT_YOU = N_("If you did not ask for this, ignore this e-mail.")
_CHECK = N_("If this was not you, set a new password at once and ask an administrator for help.")

TOPICS = {
    "account.confirm": Topic(
        ADDRESS,
        N_("Confirm your e-mail address"),
        (N_("To create your account, open this link within 24 hours:"), "{link}", _NOT_YOU),
    ),
    "account.exists": Topic(
        ADDRESS,
        N_("You already have an account"),
        (
            N_("Somebody, probably you, wanted to create an account with this e-mail address. It has one already."),
            N_("Sign in here, or choose a new password there:"),
            "{link}",
            _NOT_YOU,
        ),
    ),
    "account.reset": Topic(
        ADDRESS,
        N_("Choose a new password"),
        (N_("To choose a new password, open this link within 24 hours. It works once:"), "{link}", _NOT_YOU),
    ),
    "account.none": Topic(
        ADDRESS,
        N_("There is no account with this e-mail address"),
        (
            N_("Somebody, probably you, asked for a new password. No account has this e-mail address."),
            N_("You can create one here:"),
            "{link}",
            _NOT_YOU,
        ),
    ),
    "account.locked": Topic(
        PERSON,
        N_("Too many wrong passwords for your account"),
        (
            N_("There were too many wrong passwords for your account. You cannot sign in for {minutes} minutes."),
            N_("If it was not you, your password was not guessed. You can choose a new one at any time:"),
            "{link}",
        ),
    ),
    "account.code_locked": Topic(
        PERSON,
        N_("Too many wrong codes for your account"),
        (
            N_(
                "Somebody entered your password, and then too many wrong codes of two-factor authentication. Codes are "
                "refused for {minutes} minutes."
            ),
            N_("If it was not you, somebody knows your password: choose a new one at once:"),
            "{link}",
        ),
    ),
    "account.password": Topic(PERSON, N_("Your password was changed"), (N_("Your password was changed."), _CHECK)),
    "account.address": Topic(
        ADDRESS,
        N_("Confirm your new e-mail address"),
        (
            N_("To use this address for your account, open this link within 24 hours, signed in to the account:"),
            "{link}",
            _NOT_YOU,
        ),
    ),
    "account.address_changed": Topic(
        ADDRESS,
        N_("Your account has another e-mail address"),
        (N_("The e-mail address of your account was changed. E-mails do not come to this address any more."), _CHECK),
    ),
    "account.second_factor": Topic(
        PERSON,
        N_("Two-factor authentication was changed"),
        (N_("Two-factor authentication of your account was turned on, turned off or set up again."), _CHECK),
    ),
    "account.erased": Topic(
        ADDRESS,
        N_("Your account was erased"),
        (N_("Your account and your personal data in it were erased, as you asked."),),
    ),
    "delivery.reminder": Topic(
        "clerk",
        N_("A service begins soon"),
        (
            N_("A service that {organization} has bought or sells begins in less than {hours} hours."),
            N_("When it begins, and how to come in:"),
            "{link}",
        ),
        "orders",
    ),
    "member.invited": Topic(
        ADDRESS,
        N_("Invitation to {organization}"),
        (
            N_("{by} invites you to join {organization} as: {role}."),
            N_("To accept, open this link within 7 days:"),
            "{link}",
            _NOT_YOU,
        ),
    ),
    "member.role": Topic(
        PERSON,
        N_("Your role in {organization} has changed"),
        (N_("Your role in {organization} is now: {role}."),),
    ),
    "member.removed": Topic(
        PERSON,
        N_("You are no longer a member of {organization}"),
        (N_("You are no longer a member of {organization}."),),
    ),
    "member.joined": Topic(
        "owner", N_("New member of {organization}"), (N_("{person} has joined {organization} as: {role}."),), "members"
    ),
    "member.left": Topic(
        "owner", N_("A member has left {organization}"), (N_("{person} has left {organization}."),), "members"
    ),
    "key.created": Topic(
        "owner",
        N_("New API key of {organization}"),
        (N_("{person} has created the API key {key} of {organization}."),),
        "members",
    ),
    "checkout.completed": Topic(
        ADDRESS,
        N_("Your order {order}"),
        (
            N_("Thank you: your order {order} is placed. Its price is {amount}."),
            N_("Follow its status here:"),
            "{link}",
        ),
    ),
    "order.placed": Topic(
        "clerk", N_("New order {order}"), (N_("{organization} has a new order: {order}."), "{link}"), "orders"
    ),
    "order.changed": Topic(
        "clerk",
        N_("Order {order}: {status}"),
        (N_("The order {order} of {organization} has changed. Its status is now: {status}."), "{link}"),
        "orders",
    ),
    "statement.ready": Topic(
        "manager",
        N_("Statement of {organization} for {month}"),
        (N_("The statement of {organization} for {month} is ready."), "{link}"),
        "statements",
    ),
}
