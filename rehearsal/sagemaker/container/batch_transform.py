"""Runs inside a transform job's sandbox: serves the model, sends it the input, writes what it answers.

Standard library only. https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform-data-processing.html
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import batch_records as records  # type: ignore[import-not-found]

ROOT = Path("/opt/ml")
HERE = Path(__file__).parent
START_SECONDS = 60.0
MEGABYTE = 1 << 20


class UnixConnection(http.client.HTTPConnection):
    """HTTP over the server's Unix socket."""

    def connect(self) -> None:
        """Connect."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect("socket")


def main() -> None:
    """One job."""
    job = json.loads((ROOT / "transform" / "job.json").read_text())
    os.chdir(ROOT)  # the address of a socket is short
    script, *arguments = job["Server"]
    server = subprocess.Popen([sys.executable, str(HERE / script), *arguments])
    try:
        wait_for(server)
        source = ROOT / "transform" / "input"
        for path in sorted(path for path in source.rglob("*") if path.is_file()):
            transform(job, path, ROOT / "transform" / "output" / f"{path.relative_to(source)}.out")
    except records.RecordError as error:
        fail(str(error))
    finally:
        server.kill()


def wait_for(server: "subprocess.Popen[bytes]") -> None:
    """Until it answers pings."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            fail("the model server ended at once; its output is above")
        try:
            connection = UnixConnection("localhost", timeout=5)
            connection.request("GET", "/ping")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.02)
    fail(f"the model server did not answer /ping within {START_SECONDS:g} s")


def transform(job: dict[str, Any], path: Path, target: Path) -> None:
    """One input object."""
    content_type = job["TransformInput"].get("ContentType", "")
    processing = job.get("DataProcessing", {})
    lines = job["TransformOutput"].get("AssembleWith", "None") == "Line"
    parts: list[str] = []
    for batch in batches(job, path):
        sent = [records.select(record, processing.get("InputFilter", "$"), content_type) for record in batch]
        answer, kind = invoke(job, "\n".join(sent).encode(), content_type, path.name)
        if processing.get("JoinSource", "None") == "Input" or processing.get("OutputFilter", "$") != "$":
            answer = records.joined(batch, answer, processing, content_type, kind)
        parts.append(answer.rstrip("\n") + "\n" if lines else answer)
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("".join(parts))
    print(f"{path.name}: {len(parts)} requests", flush=True)


def batches(job: dict[str, Any], path: Path) -> Iterator[list[str]]:
    """The records of each request: all, one, or as many as MaxPayloadInMB (0: no limit) takes."""
    text = path.read_text()
    if job["TransformInput"].get("SplitType", "None") != "Line":
        yield [text]
        return
    found = [line for line in text.splitlines() if line.strip()]
    if job.get("BatchStrategy", "MultiRecord") == "SingleRecord":
        yield from ([line] for line in found)
        return
    limit = job.get("MaxPayloadInMB", 6) * MEGABYTE or float("inf")
    batch: list[str] = []
    size = 0
    for line in found:
        if batch and size + len(line) > limit:
            yield batch
            batch, size = [], 0
        batch.append(line)
        size += len(line) + 1
    if batch:
        yield batch


def invoke(job: dict[str, Any], body: bytes, content_type: str, name: str) -> tuple[str, str]:
    """POST /invocations; the answer and its type."""
    headers = {"Content-Type": content_type, "Accept": job["TransformOutput"].get("Accept", "")}
    connection = UnixConnection("localhost", timeout=600)
    connection.request("POST", "/invocations", body, {key: value for key, value in headers.items() if value})
    response = connection.getresponse()
    text = response.read().decode()
    if response.status >= 400:
        fail(f"{name}: Bad HTTP status received from algorithm: {response.status}: {text.strip()[:600]}")
    return text, response.getheader("Content-Type") or ""


def fail(text: str) -> None:
    """Say it where SageMaker looks for it, and end."""
    (ROOT / "output").mkdir(exist_ok=True)
    (ROOT / "output" / "failure").write_text(text)
    sys.exit(text)


if __name__ == "__main__":
    main()
