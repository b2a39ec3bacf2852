"""The database tables of searches in visits, and of who read the records. As in `models`, rows have no methods."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class HealthEntry(models.Model):
    """A resource of a visit as one of its owners finds it, computed from states: see `health_index`.

    It holds ids, times and codes: neither names nor anything on health. `kind`, `number`: type and id of the resource;
    `object`: the delivery, or the practitioner; `record`: the health record, "" before there is one; `patient`,
    `practitioner`: ids of FHIR, "" where not known yet; `start`, `finish`: RFC 3339, "" without a time, `finish` "9999"
    while it lasts.
    """

    pk = models.CompositePrimaryKey("owner", "kind", "number")
    owner = models.CharField(max_length=60)
    kind = models.CharField(max_length=20)
    number = models.CharField(max_length=64)
    object = models.CharField(max_length=60)
    record = models.CharField(max_length=60, default="", db_default="")
    status = models.CharField(max_length=20, default="", db_default="")
    start = models.CharField(max_length=30, default="", db_default="")
    finish = models.CharField(max_length=30, default="", db_default="")
    patient = models.CharField(max_length=64, default="", db_default="")
    practitioner = models.CharField(max_length=64, default="", db_default="")

    class Meta:
        """The indexes list resources by time, of a patient, of a practitioner, and all of a delivery."""

        indexes: ClassVar = [
            models.Index(fields=["owner", "kind", "start", "number"], name="health_by_time"),
            models.Index(fields=["owner", "kind", "patient", "start"], name="health_of_patient"),
            models.Index(fields=["owner", "kind", "practitioner", "start"], name="health_of_practitioner"),
            models.Index(fields=["object"], name="health_of_object"),
        ]


class HealthRead(models.Model):
    """Who read a health record on a day, and how: `page`, `file`, `fhir` or `export`. Nothing of what it says is here.

    `record`: `hr_…`; `day`: UTC; `organization`, `person`: who read, `person` "" for a program with a key of the
    organization, both "" for the operator of the node on its command line; `keep_until`: the day until which the record
    itself is kept, and this row with it.
    """

    pk = models.CompositePrimaryKey("record", "day", "organization", "person", "how")
    record = models.CharField(max_length=60)
    day = models.DateField()
    organization = models.CharField(max_length=60)
    person = models.CharField(max_length=60)
    how = models.CharField(max_length=10)
    keep_until = models.DateField()

    class Meta:
        """The index finds what is not kept any longer."""

        indexes: ClassVar = [models.Index(fields=["keep_until"], name="health_reads_kept")]
