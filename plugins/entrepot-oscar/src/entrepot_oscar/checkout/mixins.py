"""An order that is placed is queued for the node in the same transaction."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from oscar.apps.checkout import mixins

from entrepot_oscar.handover import leave_without_duties, queue_handover


class OrderPlacementMixin(mixins.OrderPlacementMixin):
    """Queues the order for the node."""

    def place_order(self, *args: Any, **kwargs: Any) -> Any:
        """The order of the shop. It is not placed without its row in the queue, nor the other way round."""
        landed = getattr(self, "landed", None)
        with transaction.atomic():
            order = super().place_order(*args, **kwargs)
            if landed is not None and landed.charged:
                queue_handover(order, landed, self.import_contact())
            elif landed is not None and landed.state != "domestic":
                leave_without_duties(order, landed)
        return order
