"""The pages of people and organizations, and their addresses after the language."""

from __future__ import annotations

from django.urls import URLPattern, path

from entrepot.web.pages.people import account, address, organization, organizations, reset, sign_in, sign_up, transfers

urlpatterns: list[URLPattern] = [
    path("sign-up/", sign_up.sign_up),
    path("sign-up/confirm/", sign_up.confirm),
    path("sign-in/", sign_in.sign_in),
    path("sign-in/code/", sign_in.code),
    path("sign-out/", sign_in.sign_out),
    path("reset/", reset.reset),
    path("reset/new/", reset.new_password),
    path("account/", account.account),
    path("account/address/", address.change),
    path("account/address/confirm/", address.confirm),
    path("account/password/", account.password),
    path("account/two-factor/", account.two_factor),
    path("account/export/", account.export),
    path("account/erase/", account.erase),
    path("account/transfers/", transfers.show_transfers),
    path("account/organizations/", organizations.of_person),
    path("organization/", organization.details),
    path("organization/members/", organization.people),
    path("organization/keys/", organization.keys),
    path("invitation/", organizations.invitation),
    path("mail/off/", organizations.mail_off),
]
