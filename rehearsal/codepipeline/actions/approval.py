"""Manual approval. https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals.html"""

from __future__ import annotations

import datetime
import json
import uuid

from rehearsal.codepipeline.actions.base import ActionFailedError, Context, Provider, Result
from rehearsal.codepipeline.models import now

# https://docs.aws.amazon.com/codepipeline/latest/userguide/limits.html
_DEFAULT_MINUTES = 7 * 24 * 60


class ManualApproval(Provider):
    """Approval / AWS / Manual. It fails when nobody answers in time, by this machine's clock."""

    categories = ("Approval",)
    name = "Manual"
    optional = "CustomData ExternalEntityLink NotificationArn"

    def run(self, context: Context) -> Result:
        """Tell the topic, if there is one, and wait for PutApprovalResult. Raises ActionFailedError."""
        token = str(uuid.uuid4())
        minutes = context.run.declaration.get("timeoutInMinutes") or _DEFAULT_MINUTES
        context.run.expires = now() + datetime.timedelta(minutes=minutes)
        topic = context.configuration.get("NotificationArn")
        if topic:
            self._notify(context, topic, token, context.run.expires)
        approval = context.decision(token)
        if approval is None:
            raise ActionFailedError("Timeout", f"The action timed out: nobody answered within {minutes} minutes")
        context.run.updated_by = approval.by
        if not approval.approved:
            context.run.summary = approval.summary
            raise ActionFailedError("JobFailed", f"Rejected by {approval.by}: {approval.summary}")
        return Result(approval.summary)

    def _notify(self, context: Context, topic: str, token: str, expires: datetime.datetime) -> None:
        name, region = context.pipeline.name, context.pipeline.region
        console = (
            f"https://{region}.console.aws.amazon.com/codesuite/codepipeline/pipelines/{name}/view?region={region}"
        )
        message = {
            "region": region,
            "consoleLink": console,
            "approval": {
                "pipelineName": name,
                "stageName": context.run.stage,
                "actionName": context.run.name,
                "token": token,
                "expires": expires.strftime("%Y-%m-%dT%H:%MZ"),
                "externalEntityLink": context.configuration.get("ExternalEntityLink"),
                "approvalReviewLink": console,
                "customData": context.configuration.get("CustomData"),
            },
        }
        subject = f"APPROVAL NEEDED: AWS CodePipeline {name} for action {context.run.name}"
        context.client("sns").publish(TopicArn=topic, Subject=subject[:100], Message=json.dumps(message))
