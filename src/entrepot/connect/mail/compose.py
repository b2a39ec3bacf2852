"""Write the e-mail of a topic in a language."""

from __future__ import annotations

from collections.abc import Mapping

from entrepot.connect.mail.message import Message
from entrepot.connect.mail.topics import TOPICS
from entrepot.language import translate
from entrepot.language.translate import N_

#: The end of every e-mail, and what is before the address that turns a group of e-mails off.
_END = N_("This e-mail was sent by {site}. Answers to it are not read.")
_OFF = N_("To stop e-mails of this kind:")


def compose(
    topic: str, to: str, language: str, values: Mapping[str, str], *, site: str, unsubscribe: str = ""
) -> Message:
    """The e-mail of a topic. `values`: what its sentences name; values that are translated words are given so.

    >>> compose("account.password", "ann@shop.example", "en", {}, site="shop.example").subject
    'Your password was changed'
    """
    written = TOPICS[topic]
    with translate.speaking(language):
        known = {name: " ".join(value.split()) for name, value in values.items()}
        parts = [translate._(each).format(**known) for each in written.paragraphs]
        parts.append(translate._(_END).format(site=site))
        if unsubscribe and written.group:
            parts.append(f"{translate._(_OFF)}\n{unsubscribe}")
        subject = translate._(written.subject).format(**known)
    text = "\n\n".join(parts) + "\n"
    return Message(to, subject, text, language, unsubscribe if written.group else "")
