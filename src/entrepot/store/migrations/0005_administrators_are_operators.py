"""Every administrator becomes an owner of the operator's organization. Keys stay without an organization."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import migrations
from django.utils import timezone

from entrepot.store.ids import new_id


def make_operators(apps: Any, _schema: Any) -> None:
    """Create the operator's organization, and a person and a member for each administrator."""
    users = list(apps.get_model("auth", "User").objects.filter(is_staff=True).order_by("id"))
    if not users:
        return  # the organization is created with the first administrator
    now = timezone.now()
    operator = apps.get_model("store", "Organization").objects.create(
        id=new_id("og"), name="Platform operator", kind="operator", language="en", customs_numbers=[], created=now
    )
    for user in users:
        person = apps.get_model("store", "Person").objects.create(
            id=new_id("us"), user=user, language="en", mail_opt_outs=[], created=now
        )
        apps.get_model("store", "Member").objects.create(organization=operator, person=person, role="owner", since=now)


class Migration(migrations.Migration):
    """See above. It is apart from the tables: PostgreSQL does not change a table and fill it in one transaction."""

    dependencies: ClassVar = [
        ("store", "0004_people_and_organizations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations: ClassVar = [migrations.RunPython(make_operators, migrations.RunPython.noop)]
