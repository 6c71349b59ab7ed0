"""Processing steps. https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from rehearsal.api import Params
from rehearsal.sagemaker.jobs.processing import Processing
from rehearsal.sagemaker.shapes import nearest
from rehearsal.sagemaker.steps.job import JobStep

_FILE = ("PropertyFileName", "OutputName", "FilePath")


class ProcessingStep(JobStep):
    """A processing job, whose outputs may have property files."""

    kind = Processing()
    keys: ClassVar[tuple[str, ...] | None] = ("CacheConfig", "RetryPolicies", "PropertyFiles")
    describe = "DescribeProcessingJob"
    cache_attributes = ("AppSpecification", "Environment", "ProcessingInputs")

    def outputs(self, properties: Params) -> dict[str, str]:
        """The outputs by their names."""
        return declared_outputs(properties)

    def problems(self, step: Params) -> Iterator[str]:
        """Also: property files name outputs of the step."""
        yield from super().problems(step)
        outputs = step["Arguments"].get("ProcessingOutputConfig", {}).get("Outputs", [])
        names = [output.get("OutputName") for output in outputs if isinstance(output, dict)]
        for file in step.get("PropertyFiles", []):
            wrong = sorted(set(_FILE) ^ set(file)) if isinstance(file, dict) else _FILE
            if wrong:
                yield f"PropertyFiles: expected exactly {', '.join(_FILE)}; missing or unknown: {', '.join(wrong)}"
            elif file["OutputName"] not in names:
                close = nearest(file["OutputName"], [name for name in names if isinstance(name, str)])
                yield f"PropertyFiles {file['PropertyFileName']}: there is no output {file['OutputName']}{close}"


def declared_outputs(properties: Params) -> dict[str, str]:
    """Name -> S3 URI of what a processing job puts into S3."""
    outputs = properties.get("ProcessingOutputConfig", {}).get("Outputs", [])
    return {output["OutputName"]: output["S3Output"]["S3Uri"] for output in outputs if "S3Output" in output}
