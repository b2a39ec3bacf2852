"""What customs asks of the buyer."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class ImportDetailsForm(forms.Form):
    """The buyer as customs and the carrier need to know him or her."""

    name = forms.CharField(label=_("Name, as in the identity document"), max_length=60)
    telephone = forms.CharField(label=_("Telephone"), max_length=30)
    identity_number = forms.CharField(
        label=_("Number of the resident identity card"),
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, identity: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not identity:
            del self.fields["identity_number"]

    def contact(self) -> dict[str, str]:
        """The valid data in the form of the node."""
        given = {name: str(value) for name, value in self.cleaned_data.items() if value}
        return {**given, "identity_type": "1"} if "identity_number" in given else given
