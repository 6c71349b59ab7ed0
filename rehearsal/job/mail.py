"""The people who are told of what happens: they confirm that they want it, and get mail."""

from __future__ import annotations

from typing import Any

from rehearsal.embedded_aws import EmbeddedAws


def confirm(aws: EmbeddedAws) -> None:
    """Follow the link in every mail that asks for a confirmation, as whoever got it would."""
    for mail in aws.mailbox.all():
        if mail.token:
            aws.services.sns.confirm(mail.topic, mail.token)


def sent(aws: EmbeddedAws) -> list[dict[str, Any]]:
    """The notifications so far: to whom, when, what."""
    return [{"to": each.to, "sent": each.sent, "text": each.text} for each in aws.mailbox.all() if not each.token]
