"""What git runs: the way to every repository, and its hooks. Both ask the embedded AWS with the user's own credentials.

A program of its own (standard library only):

- `hook.py connect ENDPOINT SERVICE DIRECTORY` is git's transport: it has a pull (`git-upload-pack`) or a push
  (`git-receive-pack`) decided and then lets git speak to the repository;
- `hook.py pre-receive|post-receive ENDPOINT DIRECTORY` is a hook, with git's lines `old new reference` on stdin. A
  pre-receive hook that fails makes git refuse the push.

A directory ends in account, region and name of the repository.
"""

import http.client
import json
import os
import sys
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
    refused = ask(endpoint, region, operation, body)
    if refused:
        print(f"CodeCommit: {refused}", file=sys.stderr)
        return 1
    if stage == "connect":
        os.execvp("git", ["git", rest[0].removeprefix("git-"), directory])
    return 0


def ask(endpoint: str, region: str, operation: str, body: dict[str, Any]) -> str | None:
    """Ask the embedded AWS; why it refuses, or None."""
    key = os.environ.get("AWS_ACCESS_KEY_ID")
    if not key:
        return "no AWS credentials in the environment (AWS_ACCESS_KEY_ID)"
    scope = f"{key}/00000000/{region}/codecommit/aws4_request"
    headers = {
        "X-Amz-Target": f"CodeCommit_20150413.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }
    if os.environ.get("AWS_SESSION_TOKEN"):
        headers["X-Amz-Security-Token"] = os.environ["AWS_SESSION_TOKEN"]
    connection = http.client.HTTPConnection(endpoint.split("//", 1)[1], timeout=60)
    try:
        connection.request("POST", "/", json.dumps(body), headers)
        response = connection.getresponse()
        answer = json.loads(response.read() or b"{}")
    except OSError as error:
        return f"the embedded AWS at {endpoint} does not answer: {error}"
    return None if response.status == 200 else f"{answer.get('__type')}: {answer.get('message')}"


if __name__ == "__main__":
    sys.exit(main())
