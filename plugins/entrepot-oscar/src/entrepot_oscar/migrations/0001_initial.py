"""The tables of the plugin."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """The first one."""

    initial = True

    dependencies = [
        ("order", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="NodeOffer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("number", models.CharField(max_length=40)),
                ("sku", models.CharField(max_length=128)),
                ("generation", models.PositiveIntegerField(default=1)),
                ("ended", models.BooleanField(default=False)),
                ("used", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="WebhookSeen",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=80, unique=True)),
                ("kind", models.CharField(max_length=60)),
                ("received", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Carried",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=120, unique=True)),
                (
                    "payment_event",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="order.paymentevent",
                    ),
                ),
                (
                    "shipping_event",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="order.shippingevent",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Handover",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("state", models.CharField(db_index=True, default="waiting", max_length=20)),
                ("key", models.CharField(max_length=40, unique=True)),
                ("request", models.JSONField()),
                ("pieces", models.JSONField()),
                ("problem", models.TextField(blank=True)),
                ("created", models.DateTimeField(auto_now_add=True)),
                (
                    "order",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entrepot", to="order.order"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=100, unique=True)),
                ("body", models.JSONField(default=dict)),
                ("state", models.CharField(db_index=True, default="waiting", max_length=20)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("due", models.DateTimeField(db_index=True)),
                ("says", models.TextField(blank=True)),
                (
                    "order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entrepot_jobs", to="order.order"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="NodeOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.CharField(max_length=40, unique=True)),
                ("status", models.CharField(blank=True, max_length=40)),
                ("attention", models.CharField(blank=True, max_length=250)),
                ("parts", models.TextField(blank=True)),
                ("ended", models.BooleanField(default=False)),
                ("version", models.PositiveIntegerField(default=0)),
                ("stale", models.BooleanField(db_index=True, default=True)),
                ("refreshed", models.DateTimeField(db_index=True, null=True)),
                (
                    "handover",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="orders", to="entrepot_oscar.handover"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="NodeLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("quantity", models.PositiveIntegerField()),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="entrepot", to="order.line"
                    ),
                ),
                (
                    "node_order",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="entrepot_oscar.nodeorder"
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
            },
        ),
    ]
