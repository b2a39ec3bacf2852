"""The messages of a visit's room, in JSON. What a browser sends is read strictly, so what is passed on is known."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

import msgspec

#: Bytes of a description (SDP) and of a candidate, characters of a line of text, and of an id of a browser.
MAX_SDP, MAX_CANDIDATE, MAX_TEXT = 48 << 10, 2 << 10, 2_000
#: An id that a browser made.
Id: TypeAlias = Annotated[str, msgspec.Meta(pattern=r"\A[A-Za-z0-9_-]{8,40}\Z")]


class Hello(msgspec.Struct, tag="hello", forbid_unknown_fields=True):
    """The first message in the room. `client`: of the browser's tab; `load`: of this load of its page.

    A tab that connects again takes its own place; a new load has a new media connection.
    """

    client: Id
    load: Id


class Admit(msgspec.Struct, tag="admit", forbid_unknown_fields=True):
    """The provider lets the buyer in from the waiting room."""


class Description(msgspec.Struct, tag="description", forbid_unknown_fields=True):
    """A session description for the other side. `to`: the load of the page that it is for."""

    to: Id
    kind: Literal["offer", "answer"]
    sdp: Annotated[str, msgspec.Meta(max_length=MAX_SDP)]


class Candidate(msgspec.Struct, tag="candidate", forbid_unknown_fields=True, rename="camel"):
    """An ICE candidate for the other side, as RTCIceCandidate writes it."""

    to: Id
    candidate: Annotated[str, msgspec.Meta(max_length=MAX_CANDIDATE)]
    sdp_mid: Annotated[str, msgspec.Meta(max_length=64)] | None = None
    sdp_m_line_index: Annotated[int, msgspec.Meta(ge=0, le=255)] | None = None
    username_fragment: Annotated[str, msgspec.Meta(max_length=256)] | None = None


class Text(msgspec.Struct, tag="text", forbid_unknown_fields=True):
    """A line of text, where there is no direct connection. `number`: by which its receipt names it."""

    number: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_TEXT)]


class Media(msgspec.Struct, tag="media", forbid_unknown_fields=True):
    """Whether this side is connected with the other: by `video`, `audio`, `text` only, or `none`."""

    by: Literal["video", "audio", "text", "none"]


class Leave(msgspec.Struct, tag="leave", forbid_unknown_fields=True):
    """One side ends the visit."""


class Renew(msgspec.Struct, tag="renew", forbid_unknown_fields=True):
    """Asks for new credentials of the TURN server."""


class Ping(msgspec.Struct, tag="ping", forbid_unknown_fields=True):
    """The browser is there."""


Message: TypeAlias = Hello | Admit | Description | Candidate | Text | Media | Leave | Renew | Ping
_DECODER: msgspec.json.Decoder[Message] = msgspec.json.Decoder(Message)


def read(content: str | bytes) -> Message:
    """A message. Raises msgspec.DecodeError (ValidationError is one).

    >>> read('{"type":"text","number":1,"text":"Xin chào"}')
    Text(number=1, text='Xin chào')
    """
    return _DECODER.decode(content)


def write(kind: str, **values: Any) -> str:
    """A message of the room.

    >>> write("pong")
    '{"type":"pong"}'
    """
    return msgspec.json.encode({"type": kind, **values}).decode()


def passed_on(message: Description | Candidate | Text) -> str:
    """A message of one side as the other side gets it."""
    return msgspec.json.encode(message).decode()
