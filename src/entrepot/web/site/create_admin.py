"""`python -m entrepot.web.site.create_admin NAME`: makes an administrator, or gives one a new password.

The password is asked for at the terminal, unseen; else it is the first line of standard input.
"""

from __future__ import annotations

import getpass
import os
import sys

from entrepot.language.translate import _
from entrepot.web.site import start_checks


def main(name: str) -> int:
    """Makes an administrator; the exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.web.site.settings")
    with start_checks.exit_on_configuration_error():
        start_checks.check_settings()
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    found = User.objects.filter(username=name).first()
    user = found or User(username=name)
    user.is_staff = user.is_superuser = user.is_active = True
    password = _asked()
    if password is None:
        return _failed(_("The two are not the same: nothing was changed."))
    try:
        user.clean_fields(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        return _failed(" ".join(error.messages))
    user.set_password(password)
    user.save()
    said = _("{name} has a new password.") if found else _("{name} may sign in at /admin/.")
    sys.stdout.write(said.format(name=name) + "\n")
    return 0


def _asked() -> str | None:
    """The password; None where it was typed otherwise the second time."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass(_("Password: "))
    return first if getpass.getpass(_("Once more: ")) == first else None


def _failed(sentence: str) -> int:
    sys.stderr.write(f"{_('error:')} {sentence}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
