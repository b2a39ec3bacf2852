"""As in Oscar."""

from __future__ import annotations

from oscar.apps.shipping.models import *  # noqa: F403  # as Oscar's documentation says
