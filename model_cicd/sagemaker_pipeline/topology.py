"""Every name, ARN and grant of one deployment of the module `sagemaker-pipeline`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from model_cicd.aws import naming
from model_cicd.aws.place import Named, Place
from model_cicd.aws.resources import Consumer, PackageGroup
from model_cicd.sagemaker_pipeline.parameters import ConfigHead, ModuleOptions
from model_cicd.settings import names
from model_cicd.settings.context import ModuleContext
from model_cicd.settings.names import Names


@dataclass(frozen=True)
class Store:
    """The bucket of models and outputs, and its key: made with the module, or existing ones (`key_arn` is known)."""

    bucket: Named
    key_alias: Named | None
    key_arn: str | None

    @property
    def create(self) -> bool:
        """Whether the module makes them."""
        return self.key_arn is None


@dataclass(frozen=True)
class PipelineTopology:
    """One deployment of the module; everything is in one account and region.

    `consumers` are other accounts, each once; there are `own_consumers` where models are also served in the module's
    own account. `create_group` says whether the module makes the model package group. `access_acknowledgements` has the
    reason by the grant beyond the expected matrix that is wanted.
    """

    context: ModuleContext
    stack_name: str
    description: str
    pipeline: Named
    execution_role: Named
    starter: Named
    approver: Named
    store: Store
    group: PackageGroup | None
    create_group: bool
    consumers: tuple[Consumer, ...]
    own_consumers: tuple[Consumer, ...]
    permissions_boundary_name: str | None
    s3_access_logs_bucket: str | None
    organization_id: str | None
    access_acknowledgements: Mapping[str, str]
    tags: Mapping[str, str]
    parameter_path: str

    @property
    def place(self) -> Place:
        """Where everything is."""
        return self.context.tooling


def build_pipeline(head: ConfigHead, options: ModuleOptions, context: ModuleContext) -> PipelineTopology:
    """The topology of a configuration's head and the module's options, deployed as `context` says."""
    context = replace(context, bootstrap_qualifier=options.cdk_qualifier)
    place = context.tooling
    of = Names((names.prefix(context), naming.slug(head.project_name)))
    consumers = _consumers(head, options, context, of.name(naming.ROLE, "-model"))
    logs, group = options.s3_access_logs_bucket_arn, head.model_package_group_name
    return PipelineTopology(
        context=context,
        stack_name=of.name(naming.STACK),
        description=f"SageMaker pipeline of project {head.project_name}",
        # as SageMaker writes it in the ARN
        pipeline=place.named("sagemaker", _pipeline_name(head, of), "pipeline/"),
        execution_role=of.role(place, "-execution"),
        starter=of.policy(place, "-start"),
        approver=of.policy(place, "-approver"),
        store=_store(options, place, of, head.project_name),
        group=None if group is None else PackageGroup.at(place, group),
        create_group=group is not None and options.create_model_package_group,
        consumers=tuple(each for each in consumers if each.account != place.account),
        own_consumers=tuple(each for each in consumers if each.account == place.account),
        permissions_boundary_name=options.permissions_boundary_name,
        s3_access_logs_bucket=logs.rpartition(":")[2] if logs else None,
        organization_id=options.organization_id,
        access_acknowledgements={each.grant: each.reason for each in options.access_acknowledgements},
        tags=_tags(head, options),
        parameter_path=names.parameter_path(context),
    )


def _pipeline_name(head: ConfigHead, of: Names) -> str:
    return (head.pipeline_name or of.name(naming.SAGEMAKER_PIPELINE)).lower()


def _store(options: ModuleOptions, place: Place, of: Names, project: str) -> Store:
    if options.existing_bucket_name is not None:
        name = options.existing_bucket_name
        return Store(Named(name, place.bucket(name)), None, options.existing_bucket_key_arn)
    return Store(
        names.bucket(of.parts[0], project, kind="pipeline", place=place), of.key_alias(place, "-pipeline"), None
    )


def _consumers(head: ConfigHead, options: ModuleOptions, context: ModuleContext, role: str) -> tuple[Consumer, ...]:
    """Pre-prod and prod, once where they are one account: KMS and S3 refuse to name a principal twice."""
    accounts = dict.fromkeys(each for each in (head.pre_prod_account_id, head.prod_account_id) if each)
    name = options.model_execution_role_name or role
    places = [context.tooling.elsewhere(account) for account in accounts]
    return tuple(Consumer(at.account, Named(name, at.role(name)), context.bootstrap(at).cfn_exec) for at in places)


def _tags(head: ConfigHead, options: ModuleOptions) -> dict[str, str]:
    """The tags by which SageMaker Studio finds a domain's resources, and those of the settings.

    https://docs.aws.amazon.com/sagemaker/latest/dg/domain-multiple.html
    """
    own = {
        "sagemaker:project-name": head.project_name,
        "sagemaker:domain-id": _looked_up(head.domain_id),
        "sagemaker:domain-arn": _looked_up(head.domain_arn),
    }
    return dict(sorted({**{key: value for key, value in own.items() if value}, **options.custom_tags}.items()))


def _looked_up(value: str | None) -> str | None:
    """`ssm:/path` as CloudFormation's dynamic reference.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/dynamic-references-ssm.html
    """
    return f"{{{{resolve:{value}}}}}" if value is not None and value.startswith("ssm:") else value
