"""admin: Django's pages for administrators: keys are made and revoked; quotes, law and work can only be looked at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from entrepot.store import keys
from entrepot.store.models import Job, Key, Law, Quote

admin.site.site_header = admin.site.site_title = "Entrepot"
admin.site.index_title = "The desk"
# What is marked in a list is acted on by what the list names: nothing here is deleted by hand.
admin.site.disable_action("delete_selected")


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes no type when it runs
    """What is asked for a new key."""

    scopes = forms.MultipleChoiceField(choices=list(keys.SCOPES.items()), widget=forms.CheckboxSelectMultiple)
    per_minute = forms.IntegerField(min_value=1, max_value=keys.MAX_PER_MINUTE, initial=keys.PER_MINUTE)

    class Meta:
        """Its name is asked as the row has it; the rest as above."""

        model = Key
        fields = ("name", "scopes", "per_minute")


@admin.register(Key)
class Keys(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """Keys: made, where the text is shown once, and revoked. They are neither changed nor deleted."""

    form = KeyForm
    list_display = ("id", "name", "scopes", "per_minute", "created", "revoked")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The list may be acted on; a key itself stays as it was made."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: quotes name their key, and a revoked one is to be seen."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """A key that is looked at shows all but the hash."""
        asked = ["name", "scopes", "per_minute"]
        return asked if obj is None else ["id", *asked, "created", "revoked"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Makes the key; its text goes to the page that follows, and nowhere else."""
        given = form.cleaned_data
        row, text = keys.create_key(given["name"], given["scopes"], given["per_minute"])
        obj.pk, obj.scopes, obj.created = row.pk, row.scopes, row.created
        request.made_key = text  # type: ignore[attr-defined]  # from here to `response_add`

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Shows the text of the key, once: it is in no message and no cookie."""
        shown = {**self.admin_site.each_context(request), "title": "A new key", "row": obj}
        shown["text"] = request.made_key  # type: ignore[attr-defined]  # see `save_model`
        return TemplateResponse(request, "admin/store/key/made.html", shown)

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, marked: QuerySet[Key]) -> None:
        """Takes the marked keys out of force."""
        many = sum(keys.revoke_key(key.id) for key in marked)
        self.message_user(request, f"{many} revoked. A desk that runs takes them for five seconds more.")


class _ToLookAt(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """Rows that the desk itself makes and lets go."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Quote)
class Quotes(_ToLookAt):
    """Quotes that are kept; what was asked may hold personal data, and is not shown."""

    list_display = ("id", "created", "expires", "law", "key")
    list_select_related = ("key",)
    list_per_page = 50
    show_full_result_count = False
    fields = ("id", "hash", "created", "expires", "law", "key")
    search_fields = ("=id", "=hash")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quote]:
        """Without the bytes."""
        return super().get_queryset(request).defer("packed", "request", "law__content")


@admin.register(Law)
class Laws(_ToLookAt):
    """Law that kept quotes rest on."""

    list_display = ("id", "pack", "since", "until", "form")
    fields = ("id", "pack", "hash", "since", "until", "form")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Law]:
        """Without the bytes."""
        return super().get_queryset(request).defer("content")


@admin.register(Job)
class Jobs(_ToLookAt):
    """Work on tables that were handed in."""

    list_display = ("id", "created", "state", "rows", "share", "beat")
    list_filter = ("state",)
    fields = ("id", "created", "name", "state", "rows", "share", "fault", "beat")
