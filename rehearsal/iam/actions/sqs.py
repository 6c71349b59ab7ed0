"""SQS. https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsqs.html"""

from __future__ import annotations

from collections.abc import Iterator

from rehearsal.iam.checks import Asked, Check, On, Rule


def _queue(asked: Asked) -> Iterator[Check]:
    """The queue that a URL (`.../ACCOUNT/NAME`) or a name means; batches need the action of a single message."""
    url = str(asked.get("QueueUrl") or "")
    account, name = url.rstrip("/").split("/")[-2:] if url else (asked.caller.account, str(asked.get("QueueName")))
    account = str(asked.get("QueueOwnerAWSAccountId") or account)
    arn = f"arn:{asked.caller.partition}:sqs:{asked.caller.region}:{account}:{name}"
    yield Check(f"sqs:{asked.operation.removesuffix('Batch')}", arn, account)


_ON_QUEUE = ("CreateQueue", "GetQueueUrl", "GetQueueAttributes", "SetQueueAttributes", "DeleteQueue", "SendMessage",
             "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "DeleteMessageBatch", "PurgeQueue", "TagQueue",
             "UntagQueue", "ListQueueTags", "AddPermission", "RemovePermission", "ChangeMessageVisibility",
             "ListDeadLetterSourceQueues")  # fmt: skip

RULES: dict[str, Rule] = {**dict.fromkeys(_ON_QUEUE, _queue), "ListQueues": On()}
