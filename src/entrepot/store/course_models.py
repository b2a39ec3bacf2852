"""The database tables of courses: tools, launches, grades, contents and xAPI statements.

As in `models`, rows have no methods and send no signals. None of it is in the ledger: that has ids, hashes, numbers.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from entrepot.store.people_models import Organization


class CourseTool(models.Model):
    """A course tool of a seller: see `connect.lti.tool.Tool`. `fetched`: when its key set (`key_set`) was read last."""

    id = models.CharField(primary_key=True, max_length=40)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, null=True)
    name = models.CharField(max_length=100)
    client_id = models.CharField(max_length=40, unique=True)
    deployment = models.CharField(max_length=40)
    login_url = models.CharField(max_length=500)
    launch_urls = models.JSONField()
    linking_url = models.CharField(max_length=500, default="")
    jwks_url = models.CharField(max_length=500, default="")
    keys = models.TextField(default="")
    status = models.CharField(max_length=10)
    created = models.DateTimeField()
    key_set = models.TextField(default="")
    fetched = models.DateTimeField(null=True)


class CourseKey(models.Model):
    """A key with which the platform, or the tool of built-in courses (`purpose`), signs from `since` on.

    `sealed`: the private key, encrypted. It is published until `until`.
    """

    kid = models.CharField(primary_key=True, max_length=40)
    purpose = models.CharField(max_length=10)
    sealed = models.BinaryField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)


class CourseLaunch(models.Model):
    """A launch that has begun. `id`: the hash of its hint, which the browser carries; used once.

    `person`: the account that began it, and that must finish it.
    """

    id = models.CharField(primary_key=True, max_length=64)
    tool = models.ForeignKey(CourseTool, on_delete=models.CASCADE)
    course = models.CharField(max_length=40)
    enrolment = models.CharField(max_length=40, default="")
    person = models.CharField(max_length=40)
    state = models.CharField(max_length=10)
    expires = models.DateTimeField(db_index=True)


class CourseNonce(models.Model):
    """A message of a tool that was accepted, so that it is not accepted again. `id`: the hash of tool and number."""

    id = models.CharField(primary_key=True, max_length=64)
    expires = models.DateTimeField(db_index=True)


class CourseItem(models.Model):
    """A column of grades: see `connect.lti.grades.Item`. `main`: it is the grade of the course."""

    id = models.CharField(primary_key=True, max_length=40)
    course = models.CharField(max_length=40, db_index=True)
    label = models.CharField(max_length=200)
    maximum = models.DecimalField(max_digits=20, decimal_places=6)
    link = models.CharField(max_length=100, default="")
    resource = models.CharField(max_length=100, default="")
    tag = models.CharField(max_length=100, default="")
    main = models.BooleanField(default=False)


class CourseScore(models.Model):
    """The last score of a learner in a line item."""

    pk = models.CompositePrimaryKey("item", "subject")
    item = models.ForeignKey(CourseItem, on_delete=models.CASCADE)
    subject = models.CharField(max_length=64)
    given = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    maximum = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    activity = models.CharField(max_length=20)
    grading = models.CharField(max_length=20)
    time = models.DateTimeField()


class CourseMember(models.Model):
    """A learner of a course as its tool knows it: a pseudonym, and the enrolment that it has now."""

    pk = models.CompositePrimaryKey("course", "subject")
    course = models.CharField(max_length=40)
    tool = models.CharField(max_length=40)
    subject = models.CharField(max_length=64, db_index=True)
    enrolment = models.CharField(max_length=40, db_index=True)


class CourseContent(models.Model):
    """What a course teaches. `version` 0: the draft. For a tool: what was chosen in it by deep linking."""

    pk = models.CompositePrimaryKey("course", "version")
    course = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    content = models.TextField()
    hash = models.CharField(max_length=64)
    changed = models.DateTimeField()


class CourseStatement(models.Model):
    """An xAPI statement, of a pseudonym. `chain`: the hash over this and all statements of the enrolment before it."""

    number = models.BigAutoField(primary_key=True)
    id = models.CharField(max_length=36, unique=True)
    tool = models.CharField(max_length=40)
    enrolment = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    verb = models.CharField(max_length=500)
    activity = models.CharField(max_length=500)
    content = models.TextField()
    chain = models.CharField(max_length=64)
    stored = models.DateTimeField()
    voided = models.BooleanField(default=False)

    class Meta:
        """The indexes read the statements of an enrolment in order, and find what is to be deleted."""

        indexes: ClassVar = [
            models.Index(fields=["enrolment", "number"], name="statements_of_enrolment"),
            models.Index(fields=["tool", "number"], name="statements_of_tool"),
            models.Index(fields=["stored"], name="statements_by_age"),
        ]
