"""SageMaker of the embedded AWS: model registry, jobs that really run, and pipelines."""

from rehearsal.sagemaker.service import SageMaker

__all__ = ["SageMaker"]
