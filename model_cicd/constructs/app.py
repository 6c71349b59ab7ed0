"""What the CDK apps of both modules have in common."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from model_cicd.text.errors import ModelCicdError

if TYPE_CHECKING:
    from aws_cdk import App


def synth(app: App) -> None:
    """Synthesize `app`. Raises ModelCicdError when the CDK or cdk-nag refuses it."""
    try:
        app.synth()
    except RuntimeError as error:  # what jsii makes of every JavaScript error; findings of cdk-nag are printed already
        raise ModelCicdError(f"synthesis failed: {error}") from None


def base_app(outdir: str | None, qualifier: str, context: Mapping[str, str] | None = None) -> App:
    """An empty app whose stacks cdk-nag looks at, for accounts with the CDK bootstrap of that `qualifier`."""
    import aws_cdk as cdk
    from cdk_nag import AwsSolutionsChecks

    app = cdk.App(
        analytics_reporting=False,
        # a second or more on every synthesis; cfn-lint checks the same in the tests
        builtin_cloud_formation_validation=False,
        tree_metadata=False,
        outdir=outdir,
        context={**(context or {}), "@aws-cdk/core:bootstrapQualifier": qualifier},
    )
    cdk.Validations.of(app).add_plugins(AwsSolutionsChecks(app, write_suppressions_to_cloud_formation=True))
    return app
