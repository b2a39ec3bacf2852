"""wsgi: the WSGI application, imported once in each worker."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.desk.settings")
application = get_wsgi_application()

# What needs the settings comes after them.
from entrepot.desk import counts, lifeline, renewal, sweeping, warming, workroom  # noqa: E402
from entrepot.store import lock_wait  # noqa: E402

lifeline.begin()
counts.begin()
lock_wait.answer_requests()
renewal.look()  # before any law is read: what changes from now on is seen
warming.warm()
sweeping.begin()
workroom.begin()
