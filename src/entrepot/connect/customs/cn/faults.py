"""What can be wrong with a message, as values: a code, the element, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from entrepot.model.errors import WordedError, format_quoted

#: The sentence of each code. The message and the path of the element stand before it.
SENTENCES: Mapping[str, str] = {
    # Values: found before a message is written.
    "not_a_text": "{value!r} is not a text. Give a text.",
    "not_a_decimal": "{value!r} is not a decimal number. Give a Decimal, for example 12.50.",
    "not_a_whole_number": "{value!r} is not a whole number from {least} to {most}.",
    "missing": "The mandatory element is missing.",
    "empty": "The value is empty. Give a value, or leave an optional element out.",
    "blank": "The value has only spaces. Give a value.",
    "too_long": "{value!r} has {length} characters. At most {most} are allowed.",
    "too_short": "{value!r} has {length} characters. At least {least} are required.",
    "wrong_length": "{value!r} has {length} characters. Exactly {most} are required.",
    "character": "{value!r} contains the character {sign}, which XML does not allow.",
    "fixed": "{value!r} is not allowed. The only value is {allowed!r}.",
    "too_many_digits": (
        "{value!r} has too many digits. At most {digits} are allowed, {places} of them after the point."
    ),
    "negative": "{value!r} is negative. Give zero or more.",
    "code": "{value!r} is not a code of the list {codes!r}. Allowed: {allowed}.",
    "form_guid": ("{value!r} is not a record number. Use 36 characters: digits, upper-case letters and hyphens."),
    "form_digits": "{value!r} may contain only the digits 0 to 9.",
    "form_integer": "{value!r} is not a whole number.",
    "form_day": "{value!r} is not a day. Write YYYYMMDD.",
    "form_seconds": "{value!r} is not a time. Write YYYYMMDDhhmmss.",
    "form_milliseconds": "{value!r} is not a time. Write YYYYMMDDhhmmssSSS.",
    "form_identity": (
        "{value!r} is not a resident identity number. It has 18 characters: a region, a date of"
        " birth, a serial number and a check character."
    ),
    "read_only": "The element is read and never written. Leave it out.",
    "own_xml": "The own XML is not one well-formed element: {reason}",
    # The structure of a message that is to be written.
    "no_documents": "The message has no documents. Give 1 to {most}.",
    "mixed_documents": "All documents of a message are of one class; number {place} is another: {value!r}.",
    "too_many": "There are {count}. At most {most} are allowed.",
    "too_few": "There are {count}. At least {least} is required.",
    "no_transfer": "BaseTransfer is missing: who transmits the message.",
    "not_in_receipts": "A message from customs does not have this element.",
    "not_a_record": "{value!r} is given. {allowed!r} is required.",
    # Rules between values of one document.
    "only_with": ("{value!r} is not allowed where {other} is {mode!r}. The only value is {allowed!r}."),
    "required_with": "The element is mandatory where {other} is {value!r}.",
    "not_allowed_with": "Leave the element out where {other} is {value!r}.",
    "both_or_none": "Give both this and {other}, or neither.",
    "sum": "{value!r} is not {formula}, which is {result!r}.",
    "at_most": "{value!r} is more than {other}, which is {limit!r}.",
    "one_parcel": "{value!r} parcels. One list is one parcel: write 1.",
    "line_numbers": "Line numbers count from 1; number {place} is {value!r}.",
    "line_repeated": "The line number {value!r} is given twice.",
    "only_new": "{value!r} is not allowed. A cancellation can only be new: write 1.",
    # What was received.
    "too_large": "The message has {size} bytes. At most {most} are read.",
    "not_utf8": "The message is not UTF-8: {reason}",
    "not_xml": "The message is not well-formed XML: {reason}",
    "doctype": "The message has a document type declaration. Messages of customs have none, and none is read.",
    "too_deep": "The message has more than {most} nested elements.",
    "too_many_elements": "The message has more than {most} elements.",
    "not_from_customs": "The message is one to customs, not one of customs.",
    "wrong_namespace": "The root element {value!r} is not in the namespace {allowed!r}.",
    "unknown_message": "{value!r} is not a message of edition 202205. Known: {allowed}.",
    "attribute_missing": "The attribute {name!r} is missing.",
    "attribute_unknown": "The attribute {name!r} is not known.",
    "element_missing": "The mandatory element is missing.",
    "element_unknown": "The element is not known here.",
    "element_order": "The element is repeated, or not in the order of the schema.",
    "text_between": "{value!r} stands between elements.",
    "element_in_text": "A value contains no elements.",
    "not_whole_fen": "{value!r} is not a whole number of fen. Amounts have at most two decimals.",
    "bill_status": "{value!r} is not the status of a tax bill. Known: 1, 2 and 3.",
    "not_a_number": "{value!r} is not a number.",
    # The transport envelope.
    "form_time": "{value!r} is not a time. Write YYYY-MM-DDThh:mm:ss.",
    "not_base64": "The value is not base64: {reason}",
    # The payment data that customs asks for.
    "not_a_form": "The body is not a form: {reason}",
    "form_field": "The form has the field {count} times. Send it once.",
    "not_json": "The value is not the JSON that the announcement describes: {reason}",
    "request_value": "The value is empty, longer than {most} characters, or not printable.",
    # The signature.
    "sig_signed": "The message has a signature already. Sign the message without it.",
    "sig_no_place": "The signature cannot be put before the end of the root element.",
    "sig_missing": "The message has no signature as the last child of its root element.",
    "sig_several": "The message has more than one signature.",
    "sig_structure": "The signature: {name!r} does not contain exactly {names}.",
    "sig_base64": "The signature: {name!r} is not base64.",
    "sig_pair": "The signature: {method!r} with {digest!r} is not a pair of methods of the specification.",
    "sig_reference": "The signature is not one of the whole message in the canonical form of XML 1.0.",
    "sig_certificate": "The signature: the certificate {number!r} is not known.",
    "sig_other_certificate": "The signature: the certificate is not the known one of the number {number!r}.",
    "sig_method": "The signature: the certificate {number!r} does not sign with {method!r}.",
    "sig_wrong": "The signature was not made with the key of the certificate {number!r}.",
    "sig_digest": "The message was changed after it was signed: its digest is another.",
}

#: What an error shows in place of a name, an address, a telephone or an identity number.
PERSONAL = "(personal data)"


class Fault(Struct, frozen=True):
    """One fault: its code, the message, the path of the element, and what the sentence needs.

    >>> print(Fault("form_day", "CEB621Message", "Inventory[0]/declTime", {"value": "20260230"}))
    CEB621Message, Inventory[0]/declTime: "20260230" is not a day. Write YYYYMMDD.
    """

    code: str
    message: str = ""
    element: str = ""
    values: Mapping[str, Any] = {}

    def __str__(self) -> str:
        return self.said(str)

    def said(self, translate: Callable[[str], str | None]) -> str:
        """The sentence in a language; `translate` returns the template in it, or None."""
        template = SENTENCES[self.code]
        place = ", ".join(part for part in (self.message, self.element) if part)
        return (f"{place}: " if place else "") + format_quoted(translate(template) or template, **self.values)


class MessageError(WordedError):
    """A message cannot be written or read. `faults` has every fault that was found, `code` the first one's code.

    >>> error = MessageError((Fault("doctype"),))
    >>> error.code
    'doctype'
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(SENTENCES[first.code], **first.values)

    def said(self, translate: Callable[[str], str | None]) -> str:
        """The sentence of the first fault in a language."""
        return self.faults[0].said(translate)

    @property
    def code(self) -> str:
        """The code of the first fault."""
        return self.faults[0].code
