"""The table of booked times; on PostgreSQL no two rows of one unit can meet."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import migrations, models
from django.db.utils import DatabaseError

CONSTRAINT = """
ALTER TABLE store_bookedtime ADD CONSTRAINT booked_times_apart EXCLUDE USING gist (
    resource WITH =, unit WITH =, tstzrange(to_timestamp(since), to_timestamp(until)) WITH &&
)
"""
NEEDED = (
    "Bookings need the extension btree_gist of PostgreSQL (Debian: in its package; else in postgresql-contrib). "
    "Let an administrator of the database run: CREATE EXTENSION btree_gist; then start again."
)


def add_constraint(apps: Any, editor: Any) -> None:  # noqa: ARG001  # the table has its rows
    """Add the exclusion constraint. SQLite has one writer at a time, which looks before it writes."""
    if editor.connection.vendor != "postgresql":
        return
    with editor.connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_extension WHERE extname = 'btree_gist'")
        if cursor.fetchone() is None:
            try:
                cursor.execute("CREATE EXTENSION btree_gist")
            except DatabaseError as error:
                raise DatabaseError(NEEDED) from error
        cursor.execute(CONSTRAINT)


class Migration(migrations.Migration):
    """Create a table."""

    dependencies: ClassVar = [("store", "0017_health_index")]

    operations: ClassVar = [
        migrations.CreateModel(
            name="BookedTime",
            fields=[
                ("object", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("resource", models.CharField(max_length=60)),
                ("unit", models.PositiveIntegerField()),
                ("since", models.BigIntegerField()),
                ("until", models.BigIntegerField()),
                ("expires", models.BigIntegerField(default=0)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["resource", "until"], name="booked_of_resource"),
                    models.Index(fields=["until"], name="booked_until"),
                    models.Index(fields=["expires"], name="booked_expires", condition=models.Q(expires__gt=0)),
                ]
            },
        ),
        migrations.RunPython(add_constraint, migrations.RunPython.noop),
    ]
