"""What can be wrong with a message, as values: a code, the element, the value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct

from entrepot.model.errors import WordedError, format_quoted

#: The sentence of each code. `{message}` is the root element, `{element}` the path in it.
SENTENCES: Mapping[str, str] = {
    # Values: found before a message is written.
    "not_a_text": "{message}, {element}: {value!r} is not a text. Give a text.",
    "not_a_decimal": "{message}, {element}: {value!r} is not a decimal number. Give a Decimal, for example 12.50.",
    "not_a_whole_number": "{message}, {element}: {value!r} is not a whole number from {least} to {most}.",
    "missing": "{message}, {element}: the mandatory element is missing.",
    "empty": "{message}, {element}: the value is empty. Give a value, or leave an optional element out.",
    "blank": "{message}, {element}: the value has only spaces. Give a value.",
    "too_long": "{message}, {element}: {value!r} has {length} characters. At most {most} are allowed.",
    "too_short": "{message}, {element}: {value!r} has {length} characters. At least {least} are required.",
    "wrong_length": "{message}, {element}: {value!r} has {length} characters. Exactly {most} are required.",
    "character": "{message}, {element}: {value!r} contains the character {sign}, which XML does not allow.",
    "fixed": "{message}, {element}: {value!r} is not allowed. The only value is {allowed!r}.",
    "too_many_digits": (
        "{message}, {element}: {value!r} has too many digits. At most {digits} are allowed, {places} of them after the"
        " point."
    ),
    "negative": "{message}, {element}: {value!r} is negative. Give zero or more.",
    "code": "{message}, {element}: {value!r} is not a code of the list {codes!r}. Allowed: {allowed}.",
    "form_guid": (
        "{message}, {element}: {value!r} is not a record number. Use 36 characters: digits, upper-case letters and"
        " hyphens."
    ),
    "form_digits": "{message}, {element}: {value!r} may contain only the digits 0 to 9.",
    "form_integer": "{message}, {element}: {value!r} is not a whole number.",
    "form_day": "{message}, {element}: {value!r} is not a day. Write YYYYMMDD.",
    "form_seconds": "{message}, {element}: {value!r} is not a time. Write YYYYMMDDhhmmss.",
    "form_milliseconds": "{message}, {element}: {value!r} is not a time. Write YYYYMMDDhhmmssSSS.",
    "form_identity": (
        "{message}, {element}: {value!r} is not a resident identity number. It has 18 characters: a region, a date of"
        " birth, a serial number and a check character."
    ),
    "read_only": "{message}, {element}: the element is read and never written. Leave it out.",
    "own_xml": "{message}, {element}: the own XML is not one well-formed element: {reason}",
    # The structure of a message that is to be written.
    "no_documents": "The message has no documents. Give 1 to {most}.",
    "mixed_documents": "{message}: all documents of a message are of one class; number {place} is another: {value!r}.",
    "too_many": "{message}, {element}: there are {count}. At most {most} are allowed.",
    "too_few": "{message}, {element}: there are {count}. At least {least} is required.",
    "no_transfer": "{message}: BaseTransfer is missing: who transmits the message.",
    "not_in_receipts": "{message}, {element}: a message from customs does not have this element.",
    "not_a_record": "{message}, {element}: {value!r} is given. {allowed!r} is required.",
    # Rules between values of one document.
    "only_with": (
        "{message}, {element}: {value!r} is not allowed where {other} is {mode!r}. The only value is {allowed!r}."
    ),
    "required_with": "{message}, {element}: the element is mandatory where {other} is {value!r}.",
    "not_allowed_with": "{message}, {element}: leave the element out where {other} is {value!r}.",
    "both_or_none": "{message}, {element}: give both {element} and {other}, or neither.",
    "sum": "{message}, {element}: {value!r} is not {formula}, which is {result!r}.",
    "at_most": "{message}, {element}: {value!r} is more than {other}, which is {limit!r}.",
    "one_parcel": "{message}, {element}: {value!r} parcels. One list is one parcel: write 1.",
    "line_numbers": "{message}, {element}: line numbers count from 1; number {place} is {value!r}.",
    "line_repeated": "{message}, {element}: the line number {value!r} is given twice.",
    "only_new": "{message}, {element}: {value!r} is not allowed. A cancellation can only be new: write 1.",
    # What was received.
    "too_large": "The message has {size} bytes. At most {most} are read.",
    "not_utf8": "The message is not UTF-8: {reason}",
    "not_xml": "The message is not well-formed XML: {reason}",
    "doctype": "The message has a document type declaration. Messages of customs have none, and none is read.",
    "too_deep": "The message has more than {most} nested elements.",
    "wrong_namespace": "The root element {value!r} is not in the namespace {allowed!r}.",
    "unknown_message": "{value!r} is not a message of edition 202205. Known: {allowed}.",
    "attribute_missing": "{message}, {element}: the attribute {name!r} is missing.",
    "attribute_unknown": "{message}, {element}: the attribute {name!r} is not known.",
    "element_missing": "{message}, {element}: the mandatory element is missing.",
    "element_unknown": "{message}, {element}: the element is not known here.",
    "element_order": "{message}, {element}: the element is repeated, or not in the order of the schema.",
    "text_between": "{message}, {element}: {value!r} stands between elements.",
    "element_in_text": "{message}, {element}: a value contains no elements.",
    "not_whole_fen": "{message}, {element}: {value!r} is not a whole number of fen. Amounts have at most two decimals.",
    "bill_status": "{message}, {element}: {value!r} is not the status of a tax bill. Known: 1, 2 and 3.",
    "not_a_number": "{message}, {element}: {value!r} is not a number.",
    # The transport envelope.
    "form_time": "{message}, {element}: {value!r} is not a time. Write YYYY-MM-DDThh:mm:ss.",
    "not_base64": "{message}, {element}: the value is not base64: {reason}",
    # The payment data that customs asks for.
    "not_a_form": "{message}, {element}: the body is not a form: {reason}",
    "form_field": "{message}, {element}: the form has the field {count} times. Send it once.",
    "not_json": "{message}, {element}: the value is not the JSON that the announcement describes: {reason}",
    "request_value": "{message}, {element}: the value is empty, longer than {most} characters, or not printable.",
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
        return format_quoted(
            translate(template) or template, message=self.message, element=self.element, **dict(self.values)
        )


class MessageError(WordedError):
    """A message cannot be written or read. `faults` has every fault that was found, `code` the first one's code.

    >>> error = MessageError((Fault("doctype"),))
    >>> error.code
    'doctype'
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        first = self.faults[0]
        super().__init__(SENTENCES[first.code], message=first.message, element=first.element, **dict(first.values))

    @property
    def code(self) -> str:
        """The code of the first fault."""
        return self.faults[0].code
