"""Every name, ARN and grant of one deployment of the module `sagemaker-pipeline`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from model_cicd.aws import naming
from model_cicd.aws.arns import Arns
from model_cicd.aws.bootstrap import bootstrap_roles
from model_cicd.sagemaker_pipeline.parameters import ConfigHead, ModuleOptions
from model_cicd.settings import names
from model_cicd.settings.context import ModuleContext


@dataclass(frozen=True)
class Store:
    """The bucket of models and outputs, and its key: made with the module, or existing ones (`key_arn` is known)."""

    bucket_name: str
    bucket_arn: str
    key_alias: str | None
    key_arn: str | None

    @property
    def create(self) -> bool:
        """Whether the module makes them."""
        return self.key_arn is None


@dataclass(frozen=True)
class PackageGroup:
    """The model package group, and `create` whether the module makes it; `packages_arn` is every version in it."""

    name: str
    arn: str
    packages_arn: str
    create: bool


@dataclass(frozen=True)
class Consumer:
    """An account that may read registered models, through exactly two roles (ARNs) that need not exist yet."""

    account: str
    model_execution_role_arn: str
    deploy_role_arn: str


@dataclass(frozen=True)
class PipelineTopology:
    """One deployment of the module; everything is in one account and region."""

    context: ModuleContext
    account: str
    region: str
    stack_name: str
    description: str
    pipeline_name: str
    pipeline_arn: str
    execution_role_name: str
    execution_role_arn: str
    starter_policy_name: str
    starter_policy_arn: str
    approver_policy_name: str
    approver_policy_arn: str
    store: Store
    group: PackageGroup | None
    # other accounts, each once; `own_models` when models are also served in the module's own account
    consumers: tuple[Consumer, ...]
    own_consumers: tuple[Consumer, ...]
    permissions_boundary_name: str | None
    s3_access_logs_bucket: str | None
    organization_id: str | None
    # reason by the grant beyond the expected matrix that is wanted
    access_acknowledgements: Mapping[str, str]
    tags: Mapping[str, str]
    parameter_path: str

    @property
    def partition(self) -> str:
        """The partition of the account."""
        return self.context.partition

    @property
    def arns(self) -> Arns:
        """Builder of ARNs."""
        return Arns(self.partition, self.account, self.region)


def build_pipeline(head: ConfigHead, options: ModuleOptions, context: ModuleContext) -> PipelineTopology:
    """The topology of a configuration's head and the module's options, deployed as `context` says."""
    account, region = context.tooling_account, context.tooling_region
    arns = Arns(context.partition, account, region)
    prefix, project = names.prefix(context), naming.slug(head.project_name)

    def name(limit: naming.Limit, suffix: str = "") -> str:
        return naming.join(prefix, project, limit=limit.maximum, keep=suffix)

    pipeline = name(naming.SAGEMAKER_PIPELINE).lower()  # as SageMaker writes it in the ARN
    role, starter, approver = (
        name(naming.ROLE, "-execution"),
        name(naming.POLICY, "-start"),
        name(naming.POLICY, "-approver"),
    )
    consumers = _consumers(head, options, context, name(naming.ROLE, "-model"))
    logs = options.s3_access_logs_bucket_arn
    return PipelineTopology(
        context=context,
        account=account,
        region=region,
        stack_name=name(naming.STACK),
        description=f"SageMaker pipeline of project {head.project_name}",
        pipeline_name=pipeline,
        pipeline_arn=arns.of("sagemaker", f"pipeline/{pipeline}"),
        execution_role_name=role,
        execution_role_arn=arns.role(role),
        starter_policy_name=starter,
        starter_policy_arn=arns.policy(starter),
        approver_policy_name=approver,
        approver_policy_arn=arns.policy(approver),
        store=_store(options, arns, prefix, head.project_name),
        group=_group(head, options, arns),
        consumers=tuple(each for each in consumers if each.account != account),
        own_consumers=tuple(each for each in consumers if each.account == account),
        permissions_boundary_name=options.permissions_boundary_name,
        s3_access_logs_bucket=logs.rpartition(":")[2] if logs else None,
        organization_id=options.organization_id,
        access_acknowledgements={each.grant: each.reason for each in options.access_acknowledgements},
        tags=_tags(head, options),
        parameter_path=names.parameter_path(context),
    )


def _store(options: ModuleOptions, arns: Arns, prefix: str, project: str) -> Store:
    if options.existing_bucket_name is not None:
        existing = options.existing_bucket_name
        return Store(existing, arns.bucket(existing), None, options.existing_bucket_key_arn)
    bucket = names.bucket(prefix, project, kind="pipeline", account=arns.account, region=arns.region)
    alias = naming.join(prefix, naming.slug(project), limit=naming.KEY_ALIAS.maximum - len("alias/"), keep="-pipeline")
    return Store(bucket, arns.bucket(bucket), f"alias/{alias}", None)


def _group(head: ConfigHead, options: ModuleOptions, arns: Arns) -> PackageGroup | None:
    name = head.model_package_group_name
    if name is None:
        return None
    return PackageGroup(
        name,
        # SageMaker writes names in lower case into its ARNs, and policies compare ARNs with regard to case
        arns.of("sagemaker", f"model-package-group/{name.lower()}"),
        arns.of("sagemaker", f"model-package/{name.lower()}/*"),
        options.create_model_package_group,
    )


def _consumers(head: ConfigHead, options: ModuleOptions, context: ModuleContext, role: str) -> tuple[Consumer, ...]:
    """Pre-prod and prod, once where they are one account: KMS and S3 refuse to name a principal twice."""
    accounts = dict.fromkeys(each for each in (head.pre_prod_account_id, head.prod_account_id) if each)
    region = context.tooling_region
    return tuple(
        Consumer(
            account,
            Arns(context.partition, account, region).role(options.model_execution_role_name or role),
            bootstrap_roles(context.partition, account, region).cfn_exec,
        )
        for account in accounts
    )


def _tags(head: ConfigHead, options: ModuleOptions) -> dict[str, str]:
    """The tags by which SageMaker Studio finds a domain's resources, and those of the settings.

    https://docs.aws.amazon.com/sagemaker/latest/dg/domain-multiple.html
    """
    own = {
        "sagemaker:project-name": head.project_name,
        "sagemaker:domain-id": head.domain_id,
        "sagemaker:domain-arn": head.domain_arn,
    }
    return dict(sorted({**{key: value for key, value in own.items() if value}, **options.custom_tags}.items()))
