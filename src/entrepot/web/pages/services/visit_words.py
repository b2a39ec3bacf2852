"""What the page of a video visit says, by the names that its script uses."""

from __future__ import annotations

from entrepot.language.translate import _


def says() -> list[tuple[str, str]]:
    """The sentences in the language of the page."""
    return [*_preparation(), *_room(), *_call(), *_ends()]


def _preparation() -> list[tuple[str, str]]:
    return [
        ("check", _("Check your camera and microphone, then enter.")),
        ("asking", _("Your browser asks whether this page may use the camera and the microphone. Allow it.")),
        ("ready", _("You are ready. Enter when you want.")),
        (
            "denied",
            _(
                "This page may not use your camera or microphone. Allow it in your browser, at the symbol beside the "
                "address, then check again; or take part with sound only or text only."
            ),
        ),
        (
            "absent",
            _("No camera or microphone was found. Connect one and check again; or take part with sound or text only."),
        ),
        ("busy", _("Another program uses your camera or microphone. Close it, then check again.")),
        (
            "insecure",
            _("Browsers give camera and microphone only to pages over HTTPS. You can take part with text only."),
        ),
        ("failed", _("This did not work. Load the page again.")),
        ("unnamed", _("Device without a name")),
    ]


def _room() -> list[tuple[str, str]]:
    return [
        ("entering", _("Connecting with the waiting room…")),
        ("reconnecting", _("The connection with the server was lost. Connecting again…")),
        ("waiting_alone", _("You are in the waiting room. The provider is not here yet. Leave this page open.")),
        ("waiting", _("You are in the waiting room. The provider is here and will let you in.")),
        ("nobody", _("Nobody is in the waiting room yet. Leave this page open.")),
        ("someone", _("The buyer is in the waiting room. Let the buyer in when you are ready.")),
        ("connecting", _("Connecting the two of you…")),
        ("other_lost", _("The other side has lost its connection. It has a minute to come back.")),
        ("connected", _("You are connected.")),
        (
            "text_only",
            _("No connection for picture and sound is possible at the moment. You can write to each other below."),
        ),
    ]


def _call() -> list[tuple[str, str]]:
    return [
        ("other_no_camera", _("The other side shows no picture.")),
        ("other_muted", _("The other side has its microphone off.")),
        ("you", _("You")),
        ("them", _("Other side")),
        ("unsent", _("not sent")),
        ("good", _("Good connection")),
        ("fair", _("Fair connection")),
        ("poor", _("Poor connection")),
        ("relayed", _("through the relay server")),
        ("direct", _("direct")),
    ]


def _ends() -> list[tuple[str, str]]:
    return [
        ("left_by_buyer", _("The buyer left the visit.")),
        ("left_by_provider", _("The provider left the visit.")),
        ("connection_lost", _("The visit ended because a connection was lost.")),
        ("access_ended", _("The visit ended because the access ended or a consent was withdrawn.")),
        ("interrupted", _("The visit ended because the server was interrupted.")),
        ("length", _("It lasted {time}.")),
        ("over", _("You have left the visit.")),
        (
            "full",
            _("Somebody else has joined in your place. Only one buyer and one provider can take part in a visit."),
        ),
        ("closed", _("This visit is not open: its time is over, or a consent was withdrawn.")),
        ("elsewhere", _("You have this visit open in another window. Close that one, then open this page again.")),
        ("moved", _("The visit goes on in another window.")),
        ("flood", _("This page sent too many messages and was disconnected. Open it again.")),
    ]
