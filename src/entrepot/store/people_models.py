"""The database tables of people and organizations. As in `models`, rows have no methods and send no signals."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class Organization(models.Model):
    """A seller, a buyer, or the operator of this platform (`kind`), to whom keys, offers and orders belong.

    `customs_numbers`: registrations with customs, as a list of `{"country", "number"}`; `sector`: its institutional
    sector for statistics, as SDMX codes it, or "" where it was not stated.
    """

    id = models.CharField(primary_key=True, max_length=40)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    kind = models.CharField(max_length=10)
    language = models.CharField(max_length=5)
    customs_numbers = models.JSONField(default=list)
    sector = models.CharField(max_length=4, blank=True, default="")
    created = models.DateTimeField()

    class Meta:
        """The platform has one operator."""

        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind"], condition=models.Q(kind="operator"), name="one_operator")
        ]


class Person(models.Model):
    """What a person has beside the name, address and password of Django's user.

    `user`: None after the person's data was erased; the id remains, because records of trade refer to it.
    `totp_secret`: encrypted (`web.people.totp`); `totp_step`: the step of the last accepted code, so that no code is
    accepted twice. `mail_opt_outs`: the groups of e-mails that the person does not want.
    """

    id = models.CharField(primary_key=True, max_length=40)
    user = models.OneToOneField("auth.User", on_delete=models.SET_NULL, null=True, related_name="person")
    language = models.CharField(max_length=5)
    created = models.DateTimeField()
    address_confirmed = models.DateTimeField(null=True)
    mail_opt_outs = models.JSONField(default=list)
    totp_secret = models.BinaryField(null=True)
    totp_confirmed = models.DateTimeField(null=True)
    totp_step = models.BigIntegerField(default=0)
    erased = models.DateTimeField(null=True)


class RecoveryCode(models.Model):
    """The hash of a code that replaces a TOTP code once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="recovery_codes")
    secret_hash = models.CharField(max_length=64)
    used = models.DateTimeField(null=True)


class Member(models.Model):
    """A person in an organization, with a role: owner, manager, clerk or viewer."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(max_length=10)
    since = models.DateTimeField()

    class Meta:
        """A person is a member of an organization once."""

        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "organization"], name="member_once")]


class Invitation(models.Model):
    """An invitation to an e-mail address. Only the hash of its secret is stored; the e-mail has the secret."""

    id = models.CharField(primary_key=True, max_length=40)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="invitations")
    secret_hash = models.CharField(max_length=64, unique=True)
    address = models.CharField(max_length=254)
    role = models.CharField(max_length=10)
    language = models.CharField(max_length=5)
    invited_by = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True)
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
    accepted = models.DateTimeField(null=True)


class WrongPasswords(models.Model):
    """Wrong passwords for an account from an address, for an account, or from an address.

    `id`: a keyed hash, so that the row names neither; it exists also for accounts that do not exist. `until`: no
    password is accepted before this time.
    """

    id = models.CharField(primary_key=True, max_length=64)
    since = models.DateTimeField(db_index=True)
    count = models.PositiveIntegerField(default=0)
    until = models.DateTimeField(null=True)
