"""The sector of an organization, for statistics."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    """An organization that has not stated its sector has none."""

    dependencies: ClassVar = [("store", "0027_orders_of_a_month")]
    operations: ClassVar = [
        migrations.AddField("organization", "sector", models.CharField(blank=True, default="", max_length=4)),
    ]
