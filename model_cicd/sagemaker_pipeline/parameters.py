"""The parameters of the module `sagemaker-pipeline`, under the names that stand in a manifest.

Those of the configuration are the names that the SageMaker Pipeline module of the Modern Data Architecture Accelerator
has for them; what `pipeline` holds is described in docs/pipeline.md and read by model_cicd.pipeline.
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from model_cicd.aws import naming
from model_cicd.aws.bootstrap import DEFAULT_QUALIFIER
from model_cicd.settings import types
from model_cicd.settings.acknowledgement import AccessAcknowledgement
from model_cicd.settings.strict import Settings

_SSM = r"ssm:(/[A-Za-z0-9_.-]+)+"
_REFERENCE = ", or an SSM parameter as 'ssm:/path'"


def _domain_id(value: object) -> str:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_DescribeDomain.html
    return types.matching(
        rf"d-(-*[a-z0-9]){{1,61}}|{_SSM}", f"a SageMaker domain id such as 'd-a1b2c3d4e5f6'{_REFERENCE}"
    )(value)


def _domain_arn(value: object) -> str:
    pattern = r"arn:aws[a-z-]*:sagemaker:[a-z0-9-]+:[0-9]{12}:domain/d-(-*[a-z0-9]){1,61}"
    return types.matching(f"{pattern}|{_SSM}", f"the ARN of a SageMaker domain{_REFERENCE}")(value)


def _bucket(value: object) -> str:
    text = types.as_text(value, "the name of a bucket")
    types.bucket_name(text)
    return text


def _key_arn(value: object) -> str:
    pattern = r"arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+"
    return types.matching(pattern, "the ARN of a KMS key, not of an alias: volumes of jobs may not name one")(value)


def _limited(limit: naming.Limit) -> BeforeValidator:
    def validate(value: object) -> str:
        text = types.as_text(value, limit.what)
        if complaint := limit.complaint(text):
            types.refuse(complaint)
        return text

    return BeforeValidator(validate)


BundlePath = Annotated[
    str,
    BeforeValidator(
        types.matching(r"(?!/)(?!.*\.\.(/|$)).+", "a path in the module's bundle, as `dataFiles` names it")
    ),
]


class ConfigHead(Settings):
    """What a configuration says beside its `pipeline`."""

    project_name: Annotated[
        str, BeforeValidator(types.matching(r"[A-Za-z0-9_-]{1,64}", "1 to 64 letters, digits, hyphens and underscores"))
    ] = Field(alias="projectName", description="name of the project; the names of all resources end with it")
    pipeline_name: Annotated[str, _limited(naming.SAGEMAKER_PIPELINE)] | None = Field(
        None, alias="pipelineName", description="name of the SageMaker pipeline; made of the deployment's without"
    )
    domain_id: Annotated[str, BeforeValidator(_domain_id)] | None = Field(
        None, alias="domainId", description="SageMaker domain; a tag of every resource"
    )
    domain_arn: Annotated[str, BeforeValidator(_domain_arn)] | None = Field(
        None, alias="domainArn", description="ARN of the SageMaker domain; a tag of every resource"
    )
    model_package_group_name: Annotated[str, _limited(naming.MODEL_PACKAGE_GROUP)] | None = Field(
        None, alias="modelPackageGroupName", description="model package group that models are registered in"
    )
    pre_prod_account_id: types.Account | None = Field(
        None, alias="preProdAccountId", description="account that may read registered models, before production"
    )
    prod_account_id: types.Account | None = Field(
        None, alias="prodAccountId", description="account that may read registered models, for production"
    )
    additional_read_bucket_names: types.Listed[Annotated[str, BeforeValidator(_bucket)]] = Field(
        (),
        alias="additionalReadBucketNames",
        description="buckets that scripts read besides what the steps name",
    )


class Configuration(ConfigHead):
    """A whole configuration; what stands in `pipeline` is checked by model_cicd.pipeline."""

    pipeline: dict[str, Any] | None = Field(
        None, description="parameters, steps and network settings: [pipeline.md](pipeline.md)"
    )


class ModuleOptions(Settings):
    """What the module takes besides a configuration."""

    config_file: BundlePath | None = Field(
        None,
        alias="configFile",
        description="the configuration as a file of the bundle (`dataFiles`), in the place of the keys above",
    )
    definition_file: BundlePath | None = Field(
        None,
        alias="definitionFile",
        description="a pipeline definition (JSON) of the bundle, in the place of `pipeline`; its steps run with the "
        "module's role, whose rights follow from it",
    )
    context: dict[str, str] = Field(default_factory=dict, description="values of `{{context:NAME}}`, by name")
    org: str | None = Field(None, description="value of `{{org}}`")
    domain: str | None = Field(None, description="value of `{{domain}}`")
    env: str | None = Field(None, description="value of `{{env}}`")
    create_model_package_group: bool = Field(
        True, alias="createModelPackageGroup", description="create the model package group; false uses an existing one"
    )
    existing_bucket_name: Annotated[str, BeforeValidator(_bucket)] | None = Field(
        None, alias="existingBucketName", description="bucket of the module's account and region to use; none is made"
    )
    existing_bucket_key_arn: Annotated[str, BeforeValidator(_key_arn)] | None = Field(
        None, alias="existingBucketKeyArn", description="ARN of the key of that bucket; given together with it"
    )
    model_execution_role_name: Annotated[str, _limited(naming.ROLE)] | None = Field(
        None,
        alias="modelExecutionRoleName",
        description="the role of the pre-prod and prod accounts that models run with there; it need not exist yet",
    )
    permissions_boundary_name: types.PolicyName | None = Field(
        None,
        alias="permissionsBoundaryName",
        description="name of an IAM policy of the account; it becomes the permissions boundary of the role",
    )
    s3_access_logs_bucket_arn: types.BucketArn | None = Field(
        None,
        alias="s3AccessLogsBucketArn",
        description="bucket of the module's account and region that receives the bucket's access logs",
    )
    organization_id: types.OrganizationId | None = Field(
        None, alias="organizationId", description="AWS organization that every cross-account grant is limited to"
    )
    cdk_qualifier: types.Qualifier = Field(
        DEFAULT_QUALIFIER, alias="cdkQualifier", description="qualifier of the CDK bootstrap of every account"
    )
    access_acknowledgements: types.Listed[AccessAcknowledgement] = Field(
        (),
        alias="accessAcknowledgements",
        description="grants beyond the expected matrix that are wanted; any other stops the deployment",
    )
    custom_tags: types.Tags = Field(
        default_factory=dict, alias="customTags", description="tags for every resource, by key"
    )


class SagemakerPipelineParameters(ModuleOptions, Configuration):
    """All parameters of the module; either `configFile` or the keys of the configuration are given."""

    pipeline_bucket_name: str | None = Field(
        None, alias="pipelineBucketName", description="`existingBucketName`, as the accelerator calls it"
    )
    pipeline_kms_key_arn: str | None = Field(
        None, alias="pipelineKmsKeyArn", description="`existingBucketKeyArn`, as the accelerator calls it"
    )


#: the parameters that a configuration file has in their place
CONFIG_KEYS = tuple(field.alias or name for name, field in Configuration.model_fields.items())
#: all others
OPTION_KEYS = tuple(field.alias or name for name, field in ModuleOptions.model_fields.items())
#: options under the names that the accelerator has for them
OPTION_ALIASES = {"pipelineBucketName": "existingBucketName", "pipelineKmsKeyArn": "existingBucketKeyArn"}
#: options that may stand in a configuration file
LIFTED = ("createModelPackageGroup", *OPTION_ALIASES)
