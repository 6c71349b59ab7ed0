"""Messages that EventBridge makes of events: lines of text for people's mail, or a card for a chat.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html
MOST_CHARACTERS, MOST_VALUES = 8192, 100
_REFUSED = ('"', "\\", "\n")


@dataclass(frozen=True)
class Message:
    """What people are told: a title, what happened, what they may do about it, and where they see it.

    `<name>` in a text stands for a value of the event; `values` say where in it (JSON paths). EventBridge does not
    escape values, so they have to be ids, names, numbers and times: no quotes, no lines.
    """

    title: str
    lines: Sequence[str] = ()
    steps: Sequence[str] = ()
    links: Sequence[str] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def transformer(self, *, chat: bool) -> dict[str, Any]:
        """The input transformer of a rule's target. Raises ValueError for what EventBridge would refuse."""
        for text in (self.title, *self.lines, *self.steps, *self.links):
            if any(each in text for each in _REFUSED):
                raise ValueError(f"got {text!r}, expected a line without quotes and backslashes")
        template = self._card() if chat else self._mail()
        if len(template) > MOST_CHARACTERS or len(self.values) > MOST_VALUES:
            raise ValueError(f"got {len(template)} characters, expected at most {MOST_CHARACTERS}")
        return {"inputPathsMap": dict(self.values), "inputTemplate": template}

    def _mail(self) -> str:
        """Each line in quotes, as EventBridge wants texts of several lines; the first is what a mail begins with."""
        parts = [[self.title], list(self.lines), list(self.steps), list(self.links)]
        lines = [line for part in parts if part for line in ("", *part)][1:]
        return "\n".join(f'"{line}"' for line in lines)

    def _card(self) -> str:
        """A custom notification. https://docs.aws.amazon.com/chatbot/latest/adminguide/custom-notifs.html"""
        steps = [*self.steps, *self.links]
        content: dict[str, Any] = {"textType": "client-markdown", "title": self.title}
        content |= {"description": " ".join(self.lines)} if self.lines else {}
        content |= {"nextSteps": steps} if steps else {}
        return json.dumps({"version": "1.0", "source": "custom", "content": content})
