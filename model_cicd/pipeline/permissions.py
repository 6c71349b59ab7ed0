"""The least that the execution role of a pipeline may do so that its steps can run.

Exactly the buckets, prefixes, images, keys and kinds of jobs that the steps use; nothing is granted for what the
pipeline might use some day. Pure: the same configuration gives the same statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import UnionType

from model_cicd.aws.policy import KEY_USE, Conditions, Statement, network_statements
from model_cicd.aws.resources import Vpc
from model_cicd.pipeline import document
from model_cicd.pipeline.environment import PipelineEnvironment
from model_cicd.pipeline.expressions import Expression, JsonGet
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.needs import Needs
from model_cicd.pipeline.patterns import patterns
from model_cicd.pipeline.raw_definition import RawConfig, needs_of_raw
from model_cicd.pipeline.rights import IMAGES, READ, WRITE, Right
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.steps.checks import BASELINES
from model_cicd.pipeline.steps.knobs import ExperimentConfig, OutputKey, Volume, VolumeKey
from model_cicd.pipeline.steps.register import REGISTER, REGISTERED, TAG_VERSIONS
from model_cicd.pipeline.steps.registry import TYPES
from model_cicd.pipeline.walk import find

_JOBS_WHY = "SageMaker names the jobs of a pipeline execution 'pipelines-<execution>-<step>-<random>'"
_SHORT_WHY = "SageMaker names these jobs '<execution>-<step>-<random>', which has nothing in common but the form"


def permissions(config: PipelineConfig, environment: PipelineEnvironment) -> list[Statement]:
    """Statements of the identity policy of the pipeline's execution role, in a stable order.

    `config` is what `checks.parse_config` gives. Raises ModelCicdError when it cannot be known what the steps use, such
    as a parameter without a default that stands for an S3 URI.
    """
    needs = needs_of(config, environment)
    return [
        *_storage(needs),
        *_keys(needs),
        *_jobs(needs),
        *_registry(needs),
        *_images(needs),
        *_observe(needs),
        *_experiments(needs),
        *_network(needs),
        *needs.more.values(),
        Statement(
            "PassItself",
            ["iam:PassRole"],
            [environment.role_arn],
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    ]


def needs_of(config: PipelineConfig, environment: PipelineEnvironment) -> Needs:
    """What the steps use, as each step's type tells it."""
    if isinstance(config, RawConfig):
        return needs_of_raw(config, environment)
    needs = Needs(config, environment)
    for name in config.additional_read_bucket_names:
        needs.read(f"s3://{name}/")
    for step in config.pipeline.steps:
        if step.block is not None:
            step.kind.needs(step, step.block, needs)
    for _, each in find(config, JsonGet):
        if isinstance(each.s3_uri, str | Expression):
            needs.read(each.s3_uri)
    return needs


def own_prefixes(config: document.PipelineConfig, environment: PipelineEnvironment) -> list[str]:
    """Where the pipeline's outputs go in its own bucket: `<runs|models><prefix>/<pipeline>/`."""
    storage = config.pipeline.storage
    prefix = storage.prefix if storage else None
    own = patterns(prefix, config) if prefix is not None else []
    # as Scope.place: slashes around an expression's value are found by the run only, and stay
    middle = [f"{each.strip('/') if isinstance(prefix, str) else each}/" for each in own] or [""]
    fronts = dict.fromkeys((environment.runs, environment.models))
    return [f"{front}{each}{environment.pipeline_name}/" for front in fronts for each in middle]


def _storage(needs: Needs) -> Iterator[Statement]:
    place, bucket = needs.place, needs.environment.bucket
    own = own_prefixes(needs.config, needs.environment)
    uploads = sorted({f"{each.prefix}/" for _, each in find(needs.config, LocalFile)})
    listed: dict[str, list[str]] = {bucket: [f"{prefix}*" for prefix in (*own, *uploads)]}
    reads = [f"{bucket}/{prefix}*" for prefix in (*own, *uploads)]
    writes = [f"{bucket}/{prefix}*" for prefix in own]
    for into, uris in ((reads, needs.reads), (writes, needs.writes)):
        for uri in uris:
            name, _, key = uri.removeprefix("s3://").partition("/")
            pattern = f"{key}*" if not key.endswith("*") else key
            into.append(f"{name}/{pattern}")
            listed.setdefault(name, []).append(pattern)
    # what is written is read again by later steps
    reads += [each for each in writes if each not in reads]
    for index, (name, prefixes) in enumerate(listed.items()):
        condition = {"StringLike": {"s3:prefix": list(dict.fromkeys(prefixes))}}
        yield Statement(f"List{index or ''}", ["s3:ListBucket"], [place.bucket(name)], condition)
    yield Statement("Locate", ["s3:GetBucketLocation"], [place.bucket(name) for name in listed])
    yield _statement(READ, [place.bucket(each) for each in dict.fromkeys(reads)])
    yield _statement(WRITE, [place.bucket(each) for each in dict.fromkeys(writes)])


def _statement(right: Right, resources: list[str], conditions: Conditions | None = None) -> Statement:
    return Statement(right.sid, list(right.actions), resources, conditions or {}, why=right.why)


def _keys(needs: Needs) -> Iterator[Statement]:
    place, environment = needs.place, needs.environment
    own = [environment.kms_key_arn] if environment.kms_key_arn else []
    outputs = [*own, *_named(needs, "output_kms_key_id", OutputKey)]
    volumes = [*own, *_named(needs, "volume_kms_key_id", Volume | VolumeKey)]
    via = {"kms:ViaService": f"s3.{place.region}.{environment.dns_suffix}"}
    arns = [each for each in outputs if not each.startswith("alias/")]
    if arns:
        yield Statement("Key", KEY_USE, list(dict.fromkeys(arns)), {"StringEquals": via})
    if volumes:
        volumes = list(dict.fromkeys(volumes))
        # called directly by SageMaker, so never under ViaService
        yield Statement("DescribeKey", ["kms:DescribeKey"], volumes)
        yield Statement("JobVolumes", ["kms:CreateGrant"], volumes, {"Bool": {"kms:GrantIsForAWSResource": "true"}})
    aliases = list(dict.fromkeys(each for each in outputs if each.startswith("alias/")))
    if aliases:
        named: Conditions = {"StringEquals": via, "ForAnyValue:StringEquals": {"kms:ResourceAliases": aliases}}
        why = "the pipeline names the key by its alias, and a condition holds it to that alias"
        yield Statement("AliasKey", KEY_USE, [place.arn("kms", "key/*")], named, why=why)


def _named(needs: Needs, field: str, kind: type | UnionType) -> list[str]:
    """The keys that steps name themselves: ARNs of keys, or `alias/name`."""
    pipeline = needs.config.pipeline
    holders = (pipeline.defaults, *(block for step in pipeline.steps for block in step.blocks.values()))
    values = [getattr(holder, field) for holder in holders if isinstance(holder, kind)]
    values += needs.output_keys if kind is OutputKey else needs.volume_keys
    found = []
    for key in (pattern for value in values for pattern in patterns(value, needs.config)):
        if "alias/" in key:
            found.append(key[key.index("alias/") :])
        else:
            found.append(key if key.startswith("arn:") else needs.place.arn("kms", f"key/{key}"))
    return found


def _jobs(needs: Needs) -> Iterator[Statement]:
    place = needs.place
    tagged: list[str] = []
    for sid, why, own_name in (("Jobs", _JOBS_WHY, False), ("ShortJobs", _SHORT_WHY, True)):
        kinds = [kind for kind in needs.jobs if kind.own_name is own_name]
        if not kinds:
            continue
        arns = [place.arn("sagemaker", f"{kind.resource}/{'*' if own_name else 'pipelines-*'}") for kind in kinds]
        yield Statement(sid, [action for kind in kinds for action in kind.actions], arns, why=why)
        tagged += arns
    # in the order of the types: the same steps in another order have the same statements
    for kind in dict.fromkeys(each.rights.job for each in TYPES):
        if kind in needs.jobs:
            yield from (_statement(right, needs.resources(right)) for right in kind.also)
    if tagged:
        why = "SageMaker tags what a pipeline execution creates with the pipeline's ARN"
        yield Statement("Tag", ["sagemaker:AddTags"], tagged, why=why)


def _registry(needs: Needs) -> Iterator[Statement]:
    def arns(groups: Sequence[str]) -> list[str]:
        found = []
        for name in groups:  # or the ARN of one of another account
            # in lower case, as SageMaker writes names in ARNs; those of the place may be tokens
            exact = name if "${" in name else name.lower()
            own = needs.place.arn("sagemaker", f"model-package-group/{exact}")
            group = name if name.startswith("arn:") else own
            found += [group, group.replace(":model-package-group/", ":model-package/") + "/*"]
        return found

    if needs.groups:
        statuses = sorted({status for each in needs.groups.values() for status in each})
        allowed = {} if "*" in statuses else {"StringEquals": {"sagemaker:ModelApprovalStatus": statuses}}
        named = arns(list(needs.groups))
        yield _statement(REGISTER, named, allowed)
        yield _statement(REGISTERED, named)
        yield _statement(TAG_VERSIONS, [each for each in named if "/*" in each])
    if needs.baseline_groups:
        yield _statement(BASELINES, arns(list(needs.baseline_groups)))


def _images(needs: Needs) -> Iterator[Statement]:
    if not needs.repositories:
        return
    token = "the action has no resource; https://docs.aws.amazon.com/service-authorization/latest/reference/"
    yield Statement("ImageToken", ["ecr:GetAuthorizationToken"], ["*"], why=token)
    unknown = any("*" in each for each in needs.repositories)
    why = "an image that a parameter without a default names may be any of the account's own" if unknown else ""
    yield Statement(IMAGES.sid, list(IMAGES.actions), list(needs.repositories), why=why)


def _observe(needs: Needs) -> Iterator[Statement]:
    names = dict.fromkeys(name for kind in needs.jobs for name in kind.logs)
    if not names:
        return
    write = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    why = "SageMaker writes a log stream for each job into the log group of its kind"
    groups = [needs.place.arn("logs", f"log-group:/aws/sagemaker/{name}:*") for name in names]
    yield Statement("Logs", write, groups, why=why)
    spaces = {"StringEquals": {"cloudwatch:namespace": [f"/aws/sagemaker/{name}" for name in names]}}
    why = "the action has no resource; the namespace is limited by a condition"
    yield Statement("Metrics", ["cloudwatch:PutMetricData"], ["*"], spaces, why=why)


def _experiments(needs: Needs) -> Iterator[Statement]:
    if not needs.experiments and next(find(needs.config, ExperimentConfig), None) is None:
        return
    parts = {"Experiment": "experiment", "Trial": "experiment-trial", "TrialComponent": "experiment-trial-component"}
    actions = [f"sagemaker:{verb}{part}" for part in parts for verb in ("Create", "Describe")]
    yield Statement(
        "Experiments",
        [*actions, "sagemaker:AddTags", "sagemaker:AssociateTrialComponent", "sagemaker:UpdateTrialComponent"],
        [needs.place.arn("sagemaker", f"{each}/*") for each in parts.values()],
        why="SageMaker names trials and their components after executions and jobs",
    )


def _network(needs: Needs) -> list[Statement]:
    place, pipeline = needs.place, needs.config.pipeline
    blocks = (block for step in pipeline.steps for block in step.blocks.values())
    holders = (needs, pipeline.defaults, pipeline.network_config, *blocks, needs.environment.network)

    def used(field: str) -> list[str]:
        lists = [each for each in (getattr(holder, field, None) for holder in holders) if each]
        found = [pattern for values in lists for value in values for pattern in patterns(value, needs.config)]
        return list(dict.fromkeys(found))

    return network_statements(place, Vpc(tuple(used("subnet_ids")), tuple(used("security_group_ids"))))
