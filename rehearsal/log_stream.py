"""A stream of CloudWatch Logs that a job or a function writes to, about once a second, as its role."""

from __future__ import annotations

import logging
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

log = logging.getLogger(__name__)

_BATCH = 1000  # events of one call


class LogStream:
    """`logs` is a client of CloudWatch Logs that acts as a role; whoever calls makes sure that it is alone.

    What the role may not write is not there, and nothing fails by that, as on AWS. With `group_first` the log group is
    made before it is known whether there is one; without, a role that may not make groups can have one that is there.
    """

    def __init__(self, logs: Any, group: str, stream: str, *, group_first: bool) -> None:
        self._logs, self._group_first = logs, group_first
        self._names = {"logGroupName": group, "logStreamName": stream}
        self._waiting: list[dict[str, Any]] = []
        self._made = self._refused = False
        self._sent = time.monotonic()

    def put(self, message: str) -> None:
        """One event, at this moment."""
        self._waiting.append({"timestamp": int(time.time() * 1000), "message": message})
        if time.monotonic() - self._sent > 1:
            self.flush()

    def flush(self) -> None:
        """Send what waits."""
        self._sent = time.monotonic()
        events, self._waiting = self._waiting, []
        if not events or self._refused:
            return
        try:
            if not self._made:
                self._make()
            for start in range(0, len(events), _BATCH):
                self._logs.put_log_events(logEvents=events[start : start + _BATCH], **self._names)
        except BotoCoreError:  # the embedded AWS is shutting down
            self._refused = True
        except ClientError as error:
            self._refused = True
            log.warning("no CloudWatch logs in %s: %s", "/".join(self._names.values()), error)

    def _make(self) -> None:
        group = {"logGroupName": self._names["logGroupName"]}
        if self._group_first:
            self._call("ResourceAlreadyExistsException", self._logs.create_log_group, **group)
            self._call("ResourceAlreadyExistsException", self._logs.create_log_stream, **self._names)
        elif not self._call("ResourceNotFoundException", self._logs.create_log_stream, **self._names):
            self._logs.create_log_group(**group)
            self._logs.create_log_stream(**self._names)
        self._made = True

    def _call(self, expected: str, call: Any, **names: str) -> bool:
        """Whether a call went well, or ended with the error that may be."""
        try:
            call(**names)
        except ClientError as error:
            if error.response["Error"]["Code"] != expected:
                raise
            return False
        return True
