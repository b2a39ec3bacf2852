"""`manage.py entrepot_attributes`: gives a class of products the attributes that customs asks for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from oscar.core.loading import get_model

from entrepot_oscar.configuration import configuration

#: What is shown of each field, on the form of a product.
NAMES = {
    "hs_code": "Tariff code (6 to 10 digits)",
    "country_of_origin": "Country of origin (two letters)",
    "net_mass_kg": "Net mass of a piece in kg",
    "gross_mass_kg": "Gross mass of a piece in kg",
    "proof_of_origin": "Proof of origin",
    "title_zh": "Title in Chinese",
    "specification": "Specification for customs",
    "unit": "Unit of sale (UN/ECE Rec. 20)",
    "legal_unit": "Legal unit of the tariff line (UN/ECE Rec. 20)",
    "supply": "Supply (direct or bonded)",
    "warehouse": "Bonded warehouse",
    "record_number": "Number of the goods in the records of the bonded warehouse",
}


class Command(BaseCommand):
    """Creates attributes that are not there."""

    help = "Gives classes of products the attributes for tariff code, origin and mass."

    def add_arguments(self, parser: CommandParser) -> None:
        """The class."""
        parser.add_argument("slug", nargs="*", help="slugs of classes of products; without one all of them")

    def handle(self, *_args: Any, slug: list[str], **_options: Any) -> None:
        """Create them."""
        classes = get_model("catalogue", "ProductClass").objects.all()
        unknown = set(slug) - set(classes.values_list("slug", flat=True))
        if unknown:
            known = ", ".join(classes.values_list("slug", flat=True)) or "none"
            raise CommandError(f"There is no class of products {', '.join(sorted(unknown))}. Known: {known}.")
        codes = configuration().attributes
        for each in classes.filter(slug__in=slug) if slug else classes:
            for field, name in NAMES.items():
                _, created = each.attributes.get_or_create(code=codes[field], defaults={"name": name, "type": "text"})
                if created:
                    self.stdout.write(f"{each.slug}: {codes[field]}")
