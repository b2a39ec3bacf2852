"""The queue and its problems on the administration site, to read; a job that was refused can be sent again."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils import timezone

from entrepot_oscar.models import Handover, Job, NodeOrder


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # not generic at run time
    """Rows that only the plugin writes."""

    def has_add_permission(self, request: Any) -> bool:  # noqa: ARG002  # of Django
        """Nobody."""
        return False

    def has_change_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        """Nobody; only actions."""
        return False

    def has_delete_permission(self, request: Any, obj: Any = None) -> bool:  # noqa: ARG002  # as above
        """Nobody."""
        return False


@admin.register(Job)
class JobAdmin(_ReadOnly):
    """Jobs."""

    list_display = ("order", "kind", "state", "attempts", "due", "says")
    list_filter = ("state", "kind")
    actions = ("send_again",)

    @admin.action(description="Send again", permissions=["view"])
    def send_again(self, request: Any, queryset: Any) -> None:
        """Send what waits or was refused again now."""
        count = queryset.exclude(state=Job.DONE).update(state=Job.WAITING, attempts=0, due=timezone.now())
        self.message_user(request, f"{count} jobs are sent again.")


@admin.register(Handover)
class HandoverAdmin(_ReadOnly):
    """Orders that are handed over, without the buyer's data."""

    list_display = ("order", "state", "problem", "created")
    list_filter = ("state",)
    fields = ("order", "state", "problem", "created")


@admin.register(NodeOrder)
class NodeOrderAdmin(_ReadOnly):
    """Orders of the node."""

    list_display = ("number", "status", "attention", "refreshed", "stale")
    list_filter = ("status",)
    search_fields = ("number", "handover__order__number")
