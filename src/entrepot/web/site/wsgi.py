"""The WSGI application, imported once in each worker."""

from __future__ import annotations

import gc
import os
from importlib import import_module

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.web.site.settings")
django.setup(set_prefix=False)

# These need the settings.
from entrepot.model.json import build_types  # noqa: E402
from entrepot.store import lock_wait  # noqa: E402
from entrepot.web.http.handler import Handler  # noqa: E402
from entrepot.web.process import metrics, parent_watch, reload_law  # noqa: E402
from entrepot.web.site import expire, warm_up  # noqa: E402
from entrepot.web.tables import worker  # noqa: E402

application = Handler()
parent_watch.start()
metrics.start()
lock_wait.use_request_timeout()
reload_law.reload_if_changed()  # before any law is loaded: later changes are detected
warm_up.load_laws()
import_module(settings.ROOT_URLCONF)  # what requests use is defined before the first of them
build_types()
expire.start()
worker.start()
# What was loaded lives as long as the process: the collector of garbage need not walk through it again and again.
gc.collect()
gc.freeze()
# A request leaves hundreds of objects and hardly a cycle: the collector looks for those less often.
gc.set_threshold(10_000, 20, 20)
