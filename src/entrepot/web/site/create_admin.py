"""`python -m entrepot.web.site.create_admin NAME [--reset-two-factor]`: create an administrator, or set a new password.

The password is read from the terminal without echo, or from the first line of standard input. `--reset-two-factor`
changes only that: the account has no second factor any more.
"""

from __future__ import annotations

import getpass
import os
import sys

from entrepot.language.translate import _
from entrepot.web.site import start_checks


def main(name: str, *, reset_two_factor: bool = False) -> int:
    """Create an administrator, set the password, or turn the second factor off. Returns the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.web.site.settings")
    with start_checks.exit_on_configuration_error():
        start_checks.check_settings()
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError

    from entrepot.store.migrate import migrate
    from entrepot.store.people import members

    migrate()
    if reset_two_factor:
        return _reset_two_factor(name)
    found = User.objects.filter(username=name).first()
    user = found or User(username=name)
    user.is_staff = user.is_superuser = user.is_active = True
    password = _read_password()
    if password is None:
        return _print_error(_("The passwords differ; nothing was changed."))
    try:
        user.clean_fields(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        return _print_error(" ".join(error.messages))
    user.set_password(password)
    user.save()
    members.make_operator(user)
    sentence = _("{name} has a new password.") if found else _("{name} can sign in at /admin/.")
    sys.stdout.write(sentence.format(name=name) + "\n")
    return 0


def _reset_two_factor(name: str) -> int:
    from entrepot.store.people import personal_data, persons, second_factor

    person = persons.find_person(name)
    if person is None:
        return _print_error(_("No person {id}; `entrepot people list` lists all people.").format(id=name))
    second_factor.turn_off(person.id)
    personal_data.end_sessions(person)
    sys.stdout.write(_("{name} has no second factor any more.").format(name=name) + "\n")
    return 0


def _read_password() -> str | None:
    """The password; None if the second input differs."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(_("Password: "))
    return first if getpass.getpass(_("Repeat password: ")) == first else None


def _print_error(sentence: str) -> int:
    sys.stderr.write(f"{_('error:')} {sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], reset_two_factor="--reset-two-factor" in sys.argv[2:]))
