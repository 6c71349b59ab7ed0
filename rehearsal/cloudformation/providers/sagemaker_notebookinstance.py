"""AWS::SageMaker::NotebookInstance.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-sagemaker-notebookinstance.html
"""

from __future__ import annotations

from typing import Any

from rehearsal.cloudformation.provider import Call
from rehearsal.cloudformation.providers._notebooks import OfNotebooks

NAME = "NotebookInstanceName"
# property -> the member that takes it away
TAKES_AWAY = {
    "LifecycleConfigName": "DisassociateLifecycleConfig",
    "AcceleratorTypes": "DisassociateAcceleratorTypes",
    "DefaultCodeRepository": "DisassociateDefaultCodeRepository",
    "AdditionalCodeRepositories": "DisassociateAdditionalCodeRepositories",
}


class NotebookInstance(OfNotebooks):
    """A notebook instance, in which nothing runs; Ref is the ARN."""

    type = "AWS::SageMaker::NotebookInstance"
    noun, word = "notebook instance", "NotebookInstance"

    def change(self, call: Call, old: dict[str, Any]) -> None:
        """Stopped, changed and started again."""
        new = call.properties
        changed = {key: value for key, value in new.items() if old.get(key) != value and key != "Tags"}
        changed |= {member: True for key, member in TAKES_AWAY.items() if key in old and key not in new}
        if not changed:
            return
        self._stop(call)
        call.invoke("UpdateNotebookInstance", **{NAME: call.handle}, **changed)
        call.invoke("StartNotebookInstance", **{NAME: call.handle})

    def remove(self, call: Call) -> None:
        """The instance, once it is stopped."""
        self._stop(call)
        call.invoke("DeleteNotebookInstance", **{NAME: call.handle})

    def _stop(self, call: Call) -> None:
        """One that failed to change is stopped already."""
        found = call.invoke("DescribeNotebookInstance", **{NAME: call.handle})
        if found["NotebookInstanceStatus"] == "InService":
            call.invoke("StopNotebookInstance", **{NAME: call.handle})
