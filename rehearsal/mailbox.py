"""The mail that the embedded AWS sends: kept in files, for nobody outside ever gets one."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

#: of a mail of SNS whose publisher gave none
SUBJECT = "AWS Notification Message"


@dataclass(frozen=True)
class Mail:
    """A mail; `topic` is the ARN of the SNS topic, `token` what confirms a subscription, in the mail that asks for it.

    `sent` is the moment in UTC, ISO 8601.
    """

    to: str
    subject: str
    text: str
    topic: str
    sent: str
    token: str = ""

    @property
    def headline(self) -> str:
        """Its subject, or what it begins with where that is AWS's own."""
        return self.text.partition("\n")[0].strip('"') if self.subject == SUBJECT else self.subject

    def __str__(self) -> str:
        return f"To: {self.to}\nSubject: {self.subject}\nDate: {self.sent}\n\n{self.text}"


class Mailbox:
    """Every mail of one embedded AWS, in `directory`. Thread-safe."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._lock = threading.Lock()
        self._count = 0

    def put(self, mail: Mail) -> None:
        """Keep a mail."""
        with self._lock:
            self._directory.mkdir(parents=True, exist_ok=True)
            self._count += 1
            path = self._directory / f"{self._count:04}.json"
            path.write_text(json.dumps(asdict(mail), indent=1), encoding="utf-8")

    def all(self) -> list[Mail]:
        """Every mail so far, in the order in which they were sent."""
        return mails(self._directory)


def mails(directory: Path) -> list[Mail]:
    """The mails that a mailbox keeps in `directory`."""
    return [Mail(**json.loads(path.read_text(encoding="utf-8"))) for path in sorted(directory.glob("*.json"))]
