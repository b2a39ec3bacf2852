"""Django's administration site: create and revoke API keys; view quotes, law and jobs."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from entrepot.store import keys
from entrepot.store.models import Job, Key, Law, Member, Organization, Person, Quote

admin.site.site_header = admin.site.site_title = "Entrepot"
admin.site.index_title = "Entrepot"
# Lists offer only the actions that they name: nothing is deleted by hand.
admin.site.disable_action("delete_selected")


class _OrganizationField(forms.ModelChoiceField):  # type: ignore[type-arg]  # it takes no type when it runs
    """The organizations by their names."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} ({obj.id})"


class KeyForm(forms.ModelForm):  # type: ignore[type-arg]  # it takes no type when it runs
    """The form for a new key."""

    scopes = forms.MultipleChoiceField(choices=list(keys.SCOPES.items()), widget=forms.CheckboxSelectMultiple)
    per_minute = forms.IntegerField(min_value=1, max_value=keys.MAX_PER_MINUTE, initial=keys.PER_MINUTE)
    sandbox = forms.BooleanField(
        required=False, help_text="Only for the invented economy ZZ: the key begins with ek_test_."
    )
    organization = _OrganizationField(
        Organization.objects.order_by("name"), required=False, help_text="Needed for the scope of trade."
    )

    class Meta:
        """The name has the field of the model; the other fields are above."""

        model = Key
        fields = ("name", "scopes", "per_minute", "organization")

    def clean(self) -> None:
        """The scope of trade needs an organization, and is not for keys of the sandbox."""
        super().clean()
        if keys.TRADE in self.cleaned_data.get("scopes", ()):
            if self.cleaned_data.get("organization") is None:
                self.add_error("organization", "Choose the organization that the key trades for.")
            if self.cleaned_data.get("sandbox"):
                self.add_error("sandbox", "A key of the sandbox cannot have the scope of trade.")


@admin.register(Key)
class KeyAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """API keys: created, which shows the text once, and revoked. They are not changed or deleted."""

    form = KeyForm
    list_display = ("id", "name", "organization_id", "scopes", "per_minute", "created", "revoked")
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """The list has actions; a key itself cannot be changed."""
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never: quotes refer to their key, and revoked keys remain visible."""
        return False

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> list[Any]:
        """All fields but the hash."""
        fields = ["name", "scopes", "per_minute", "organization"]
        return [*fields, "sandbox"] if obj is None else ["id", *fields, "created", "revoked"]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Create the key. Only the page that follows gets its text."""
        values = form.cleaned_data
        chosen = values["organization"]
        row, text = keys.create_key(
            values["name"],
            values["scopes"],
            values["per_minute"],
            sandbox=values["sandbox"],
            organization=chosen.id if chosen else None,
        )
        obj.pk, obj.scopes, obj.created = row.pk, row.scopes, row.created
        request.new_key = text  # type: ignore[attr-defined]  # from here to `response_add`

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: str | None = None) -> HttpResponse:
        """Show the text of the key once; no message and no cookie contains it."""
        context = {**self.admin_site.each_context(request), "title": "A new key", "row": obj}
        context["text"] = request.new_key  # type: ignore[attr-defined]  # see `save_model`
        return TemplateResponse(request, "admin/store/key/made.html", context)

    @admin.action(description="Revoke", permissions=["change"])
    def revoke(self, request: HttpRequest, selected: QuerySet[Key]) -> None:
        """Revoke the selected keys."""
        revoked = [key for key in selected if keys.revoke_key(key.id)]
        for key in revoked:
            self.log_change(request, key, "revoked")
        count = len(revoked)
        self.message_user(request, f"{count} revoked. A running server may accept them for five more seconds.")


class _ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # as above
    """Rows that only the server creates and deletes."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


@admin.register(Quote)
class QuoteAdmin(_ReadOnly):
    """Stored quotes. Requests may contain personal data and are not shown."""

    list_display = ("id", "created", "expires", "law", "key")
    list_select_related = ("key",)
    list_per_page = 50
    show_full_result_count = False
    fields = ("id", "hash", "created", "expires", "law", "key")
    search_fields = ("=id", "=hash")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Quote]:
        """Without the binary columns."""
        return super().get_queryset(request).defer("packed", "request", "law__content")


@admin.register(Law)
class LawAdmin(_ReadOnly):
    """Law that stored quotes refer to."""

    list_display = ("id", "pack", "since", "until", "form")
    fields = ("id", "pack", "hash", "since", "until", "form")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Law]:
        """Without the binary columns."""
        return super().get_queryset(request).defer("content")


@admin.register(Organization)
class OrganizationAdmin(_ReadOnly):
    """Organizations. Their owners change them, on the pages."""

    list_display = ("id", "name", "country", "kind", "created")
    list_filter = ("kind",)
    search_fields = ("=id", "name")
    fields = ("id", "name", "country", "kind", "language", "customs_numbers", "sector", "created")


@admin.register(Person)
class PersonAdmin(_ReadOnly):
    """People. Their secrets are not shown; `entrepot people erase` erases one."""

    list_display = ("id", "user", "language", "created", "totp_confirmed", "erased")
    list_select_related = ("user",)
    search_fields = ("=id", "user__username")
    fields = ("id", "user", "language", "created", "address_confirmed", "mail_opt_outs", "totp_confirmed", "erased")


@admin.register(Member)
class MemberAdmin(_ReadOnly):
    """Members of organizations. Owners change them, on the pages."""

    list_display = ("organization_id", "person_id", "role", "since")
    list_filter = ("role",)
    fields = ("organization_id", "person_id", "role", "since")


admin.site.unregister(User)


@admin.register(User)
class PeopleUserAdmin(UserAdmin):  # type: ignore[type-arg]  # as above
    """Django's users. They are not deleted here: `entrepot people erase` also erases what belongs to them."""

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Never."""
        return False


@admin.register(Job)
class JobAdmin(_ReadOnly):
    """Uploaded tables and their calculation."""

    list_display = ("id", "created", "state", "rows", "share", "beat")
    list_filter = ("state",)
    fields = ("id", "created", "name", "state", "rows", "share", "fault", "beat")
