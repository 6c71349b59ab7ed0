"""The hook of every repository, run by git: reports a push to the embedded AWS under the pusher's own credentials.

It is a program of its own (standard library only): `hook.py pre-receive|post-receive ENDPOINT DIRECTORY`, where the
directory of the repository ends in account, region and name, with git's lines `old new reference` on stdin. A
pre-receive hook that fails makes git refuse the push.
"""

import http.client
import json
import os
import sys


def main() -> int:
    """Report the push; 1 with the cause on stderr when the embedded AWS refuses it."""
    stage, endpoint, directory = sys.argv[1:4]
    account, region, name = directory.rstrip("/").split("/")[-3:]
    key = os.environ.get("AWS_ACCESS_KEY_ID")
    if not key:
        print("CodeCommit: no AWS credentials in the environment (AWS_ACCESS_KEY_ID)", file=sys.stderr)
        return 1
    changes = [line.split() for line in sys.stdin.read().splitlines() if line]
    body = {"stage": stage, "accountId": account, "repositoryName": name, "changes": changes}
    scope = f"{key}/00000000/{region}/codecommit/aws4_request"
    headers = {
        "X-Amz-Target": "CodeCommit_20150413.GitPush",
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
        print(f"CodeCommit: the embedded AWS at {endpoint} does not answer: {error}", file=sys.stderr)
        return 1
    if response.status != 200:
        print(f"CodeCommit: {answer.get('__type')}: {answer.get('message')}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
