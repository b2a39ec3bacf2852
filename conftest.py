"""What all tests share: laws of chance that repeat, and a cache of compiled law that is not the user's."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path

from hypothesis import HealthCheck, settings

# Compiled once for all test processes and runs; keyed by the packs' content, so never stale.
os.environ.setdefault("ENTREPOT_CACHE", str(Path(__file__).parent / ".pytest_cache" / "entrepot"))
# No test sees the schedules that whoever runs it keeps; nor do the processes that tests start.
os.environ["ENTREPOT_DATA"] = str(Path(__file__).parent / ".pytest_cache" / "no-schedules")

# The modules of the desk, whose examples are tests, stand on settings: those that it has by itself.
if find_spec("django") and find_spec("ninja"):
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.desk.settings")
    django.setup()

# `check` draws the same examples each time: a red test is a change of the code. `wide` goes looking for new ones.
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("check", deadline=None, derandomize=True, max_examples=60, suppress_health_check=SLOW)
settings.register_profile("wide", deadline=None, max_examples=2000, print_blob=True, suppress_health_check=SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "check"))

# To import it is to serve: its threads begin their work.
collect_ignore = ["src/entrepot/desk/wsgi.py"]
