"""Text of others, made harmless: in markdown, in workflow commands, in a shell, in XML.

Names of steps and branches, reasons of failures and logs come from whoever pushes code, and nothing in them may become
a link, a mention, a command or a variable.
"""

from __future__ import annotations

import re

from model_cicd.text.terminal import printable

_LONGEST = 500  # characters of one text in markdown


def code(text: object) -> str:
    """Text as code within a line of GitHub's markdown: no character of it means anything, and no name is mentioned.

    Everything but letters, digits and spaces is written as a character reference, which markdown does not interpret;
    GitHub looks for mentions and links in rendered text, but not within code.
    """
    shown = printable(str(text))
    return f"<code>{_references(shown if len(shown) <= _LONGEST else shown[: _LONGEST - 3] + '...')}</code>"


def block(text: str) -> str:
    """Text of several lines as a block of code in GitHub's markdown."""
    return f"<pre>{_references(printable(text, lines=True))}</pre>"


def _references(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9 \n]", lambda found: f"&#{ord(found[0])};", text)


def command(name: str, message: str, properties: dict[str, str]) -> str:
    """A workflow command of GitHub Actions, one line.

    https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """
    given = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {given}::{_data(message)}"


def _data(text: str) -> str:
    clean = printable(text, lines=True)
    return clean.replace("%", "%25").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def xml(text: str) -> str:
    """`text` without the characters that XML cannot hold."""
    return re.sub(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", " ", text)
