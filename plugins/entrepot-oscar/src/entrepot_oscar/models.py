"""What the shop keeps of the node: offers, orders that are handed over, jobs, and what was carried over."""

from __future__ import annotations

from django.db import models


class NodeOffer(models.Model):
    """An offer of the node: one for each product, price and carriage that was shown. Its content never changes."""

    digest = models.CharField(max_length=64, unique=True)
    number = models.CharField(max_length=40)
    sku = models.CharField(max_length=128)
    generation = models.PositiveIntegerField(default=1)
    ended = models.BooleanField(default=False)
    used = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.number} ({self.sku})"


class Handover(models.Model):
    """An order of the shop that the node carries out.

    `request`: the body of the order for the node; with the buyer's personal data until the node has them, then without.
    `key`: by which the node knows the request when it is sent again.
    """

    WAITING, PLACED, PAID, REFUSED = "waiting", "placed", "paid", "refused"

    order = models.OneToOneField("order.Order", on_delete=models.CASCADE, related_name="entrepot")
    state = models.CharField(max_length=20, default=WAITING, db_index=True)
    key = models.CharField(max_length=40, unique=True)
    request = models.JSONField()
    #: Pieces of the order by offer: [[offer, number of the line in the shop, quantity], …].
    pieces = models.JSONField()
    problem = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.order.number}: {self.state}"


class NodeOrder(models.Model):
    """An order of the node: one of those into which an order of the shop is divided.

    `version` grows with each state that was taken over; `stale`: something happened that was not read yet; `refreshed`:
    when it was read, or could not be; `parts`: the ids of its payments, declarations, shipments and returns.
    """

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="orders")
    number = models.CharField(max_length=40, unique=True)
    status = models.CharField(max_length=40, blank=True)
    attention = models.CharField(max_length=250, blank=True)
    parts = models.TextField(blank=True)
    ended = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    stale = models.BooleanField(default=True, db_index=True)
    refreshed = models.DateTimeField(null=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.number}: {self.status}"


class NodeLine(models.Model):
    """Pieces of a line of the shop in a line of an order of the node."""

    node_order = models.ForeignKey(NodeOrder, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField()
    line = models.ForeignKey("order.Line", on_delete=models.CASCADE, related_name="entrepot")
    quantity = models.PositiveIntegerField()

    class Meta:
        """In the order in which pieces are given to lines."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.node_order.number}, line {self.number}: {self.quantity}"


class Job(models.Model):
    """Something that the node must be told: it is sent again until the node has answered."""

    WAITING, DONE, REFUSED = "waiting", "done", "refused"

    order = models.ForeignKey("order.Order", on_delete=models.CASCADE, related_name="entrepot_jobs")
    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=100, unique=True)
    body = models.JSONField(default=dict)
    state = models.CharField(max_length=20, default=WAITING, db_index=True)
    attempts = models.PositiveIntegerField(default=0)
    due = models.DateTimeField(db_index=True)
    says = models.TextField(blank=True)

    class Meta:
        """The oldest first."""

        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: {self.state}"


class WebhookSeen(models.Model):
    """A webhook that was received: one that comes again changes nothing."""

    number = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=60)
    received = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.number}: {self.kind}"


class Carried(models.Model):
    """Something that is in both places: of the node by `reference`, of the shop the event of an order.

    Whatever has a row here was carried over, in either direction, and is not carried again.
    """

    reference = models.CharField(max_length=120, unique=True)
    shipping_event = models.ForeignKey("order.ShippingEvent", null=True, on_delete=models.SET_NULL, related_name="+")
    payment_event = models.ForeignKey("order.PaymentEvent", null=True, on_delete=models.SET_NULL, related_name="+")

    def __str__(self) -> str:
        return self.reference
