"""What git runs: the way to every repository, and its hooks. Both ask the embedded AWS with the user's own credentials.

A program of its own (standard library only):

- `hook.py connect ENDPOINT SERVICE DIRECTORY` is git's transport: it has a pull (`git-upload-pack`) or a push
  (`git-receive-pack`) decided and then passes on what git and the repository say, which it does not see itself;
- `hook.py pre-receive|post-receive ENDPOINT DIRECTORY` is a hook, with git's lines `old new reference` on stdin. A
  pre-receive hook that fails makes git refuse the push.

A directory ends in account, region and name of the repository.
"""

import datetime
import hashlib
import hmac
import http.client
import json
import os
import socket
import sys
import threading
from typing import Any


def main() -> int:
    """Report the push or open the way; 1 with the cause on stderr when the embedded AWS refuses it."""
    stage, endpoint, *rest = sys.argv[1:]
    directory = rest[-1].rstrip("/")
    account, region, name = directory.split("/")[-3:]
    operation = "GitPull" if rest[0] == "git-upload-pack" else "GitPush"
    body: dict[str, Any] = {"stage": stage, "accountId": account, "repositoryName": name}
    if stage != "connect":
        body["changes"] = [line.split() for line in sys.stdin.read().splitlines() if line]
        body["proof"] = os.environ.get("REHEARSAL_HOOK_PROOF", "")
    answer = ask(endpoint, region, operation, body)
    if isinstance(answer, str):
        print(f"CodeCommit: {answer}", file=sys.stderr)
        return 1
    if stage == "connect":
        speak(answer["port"], answer["ticket"])
    return 0


def speak(port: int, ticket: str) -> None:
    """Pass on what git says and what the repository answers, until the repository has said all."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(ticket.encode())

        def send() -> None:
            while data := os.read(0, 1 << 16):
                connection.sendall(data)
            connection.shutdown(socket.SHUT_WR)

        threading.Thread(target=send, daemon=True).start()
        while data := connection.recv(1 << 16):
            while data:
                data = data[os.write(1, data) :]


def ask(endpoint: str, region: str, operation: str, body: dict[str, Any]) -> dict[str, Any] | str:
    """Ask the embedded AWS; its answer, or why it refuses."""
    if not os.environ.get("AWS_ACCESS_KEY_ID"):
        return "no AWS credentials in the environment (AWS_ACCESS_KEY_ID)"
    host = endpoint.split("//", 1)[1]
    text = json.dumps(body)
    headers = signed(host, region, f"CodeCommit_20150413.{operation}", text.encode())
    connection = http.client.HTTPConnection(host, timeout=60)
    try:
        connection.request("POST", "/", text, headers)
        response = connection.getresponse()
        answer: dict[str, Any] = json.loads(response.read() or b"{}")
    except OSError as error:
        return f"the embedded AWS at {endpoint} does not answer: {error}"
    return answer if response.status == 200 else f"{answer.get('__type')}: {answer.get('message')}"


def signed(host: str, region: str, target: str, body: bytes) -> dict[str, str]:
    """The headers of a request of CodeCommit, signed with the credentials of the environment (Signature Version 4)."""
    time = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    token = os.environ.get("AWS_SESSION_TOKEN")
    headers = {"content-type": "application/x-amz-json-1.1", "host": host, "x-amz-date": time}
    headers |= {"x-amz-security-token": token} if token else {}
    headers |= {"x-amz-target": target}
    names = ";".join(headers)
    lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
    request = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{time[:8]}/{region}/codecommit/aws4_request"
    key = b"AWS4" + os.environ.get("AWS_SECRET_ACCESS_KEY", "").encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    to_sign = f"AWS4-HMAC-SHA256\n{time}\n{scope}\n{hashlib.sha256(request.encode()).hexdigest()}"
    signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
    credential = f"Credential={os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
    return headers | {"authorization": f"AWS4-HMAC-SHA256 {credential}, SignedHeaders={names}, Signature={signature}"}


if __name__ == "__main__":
    sys.exit(main())
