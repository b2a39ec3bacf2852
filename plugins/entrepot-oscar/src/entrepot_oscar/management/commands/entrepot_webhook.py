"""`manage.py entrepot_webhook URL`: asks the node to send its webhooks to this shop."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from entrepot.client import ApiError, Client

#: What the shop follows.
KINDS = ("order.*", "payment.*", "shipment.*", "declaration.*", "return.*")


class Command(BaseCommand):
    """Creates the endpoint. It runs before the secret is in the settings, so it makes no system checks."""

    help = "Creates a webhook endpoint at the node, and prints its secret for ENTREPOT_WEBHOOK_SECRET."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The address."""
        parser.add_argument("url", help="the address of this shop's webhooks, as the node reaches it")

    def handle(self, *_args: Any, url: str, **_options: Any) -> None:
        """Create it."""
        try:
            node, key = settings.ENTREPOT_URL, settings.ENTREPOT_API_KEY
        except AttributeError:
            raise CommandError("Set ENTREPOT_URL and ENTREPOT_API_KEY first.") from None
        try:
            with Client(node, key) as client:
                made = client.trade.create_webhook_endpoint(url, KINDS, description="django-oscar")
        except ApiError as error:
            raise CommandError(f"The node refused: {error}") from None
        self.stdout.write(made["secret"])
