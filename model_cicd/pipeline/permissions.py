"""The least that the execution role of a pipeline may do so that its steps can run.

Exactly the buckets, prefixes, images, keys and kinds of jobs that the steps use; nothing is granted for what the
pipeline might use some day. Pure: the same configuration gives the same statements.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import UnionType

from model_cicd.aws.place import Place as AwsPlace
from model_cicd.aws.policy import KEY_USE, Conditions, Statement, network_statements
from model_cicd.aws.resources import Vpc
from model_cicd.pipeline.expressions import Expression, JsonGet
from model_cicd.pipeline.fields import LocalFile
from model_cicd.pipeline.needs import Needs, Place
from model_cicd.pipeline.patterns import patterns
from model_cicd.pipeline.schema import PipelineConfig
from model_cicd.pipeline.steps.knobs import ExperimentConfig, OutputKey, Volume, VolumeKey
from model_cicd.pipeline.walk import find

__all__ = ["Place", "needs_of", "permissions"]

#: what a kind of job is called in ARNs and in actions, and its log group
_KINDS = {
    "processing": ("processing-job", "ProcessingJob", ("ProcessingJobs",)),
    "training": ("training-job", "TrainingJob", ("TrainingJobs",)),
    "transform": ("transform-job", "TransformJob", ("TransformJobs",)),
    "tuning": ("hyper-parameter-tuning-job", "HyperParameterTuningJob", ("TrainingJobs",)),
    "automl": ("automl-job", "AutoMLJob", ("ProcessingJobs", "TrainingJobs", "TransformJobs")),
    "model": ("model", "Model", ()),
}
#: their names are too short for the prefix that SageMaker gives the others
_SHORT_NAMES = ("tuning", "automl")
_JOBS_WHY = "SageMaker names the jobs of a pipeline execution 'pipelines-<execution>-<step>-<random>'"
_SHORT_WHY = "SageMaker names these jobs '<execution>-<step>-<random>', which has nothing in common but the form"
_PREFIX_WHY = "objects below the prefixes that the pipeline's steps use"


def permissions(config: PipelineConfig, place: Place) -> list[Statement]:
    """Statements of the identity policy of the pipeline's execution role, in a stable order.

    `config` is what `checks.parse_config` gives, `place` says where the role, the bucket and the key are; its texts may
    be CDK tokens. Raises ModelCicdError when it cannot be known what the steps use, such as a parameter without a
    default that stands for an S3 URI.
    """
    needs = needs_of(config, place)
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
            [place.role_arn],
            {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
        ),
    ]


def needs_of(config: PipelineConfig, place: Place) -> Needs:
    """What the steps use, as each step's type tells it."""
    needs = Needs(config, place)
    for step in config.pipeline.steps:
        if step.block is not None:
            step.kind.needs(step, step.block, needs)
    for _, each in find(config, JsonGet):
        if isinstance(each.s3_uri, str | Expression):
            needs.read(each.s3_uri)
    return needs


def own_prefixes(config: PipelineConfig, place: Place) -> list[str]:
    """Where the pipeline's outputs go in its own bucket: `<runs|models><prefix>/<pipeline>/`."""
    storage = config.pipeline.storage
    prefix = storage.prefix if storage else None
    own = patterns(prefix, config) if prefix is not None else []
    # as Scope.place: slashes around an expression's value are found by the run only, and stay
    middle = [f"{each.strip('/') if isinstance(prefix, str) else each}/" for each in own] or [""]
    fronts = dict.fromkeys((place.runs, place.models))
    return [f"{front}{each}{place.pipeline_name}/" for front in fronts for each in middle]


def _storage(needs: Needs) -> Iterator[Statement]:
    place = needs.place
    own = own_prefixes(needs.config, place)
    uploads = sorted({f"{each.prefix}/" for _, each in find(needs.config, LocalFile)})
    listed: dict[str, list[str]] = {place.bucket: [f"{prefix}*" for prefix in (*own, *uploads)]}
    reads = [f"{place.bucket}/{prefix}*" for prefix in (*own, *uploads)]
    writes = [f"{place.bucket}/{prefix}*" for prefix in own]
    for into, uris in ((reads, needs.reads), (writes, needs.writes)):
        for uri in uris:
            bucket, _, key = uri.removeprefix("s3://").partition("/")
            pattern = f"{key}*" if not key.endswith("*") else key
            into.append(f"{bucket}/{pattern}")
            listed.setdefault(bucket, []).append(pattern)
    # what is written is read again by later steps
    reads += [each for each in writes if each not in reads]
    arn = f"arn:{place.partition}:s3:::"
    for index, (bucket, prefixes) in enumerate(listed.items()):
        condition = {"StringLike": {"s3:prefix": list(dict.fromkeys(prefixes))}}
        yield Statement(f"List{index or ''}", ["s3:ListBucket"], [f"{arn}{bucket}"], condition)
    yield Statement("Locate", ["s3:GetBucketLocation"], [f"{arn}{bucket}" for bucket in listed])
    yield Statement("Read", ["s3:GetObject"], [f"{arn}{each}" for each in dict.fromkeys(reads)], why=_PREFIX_WHY)
    write = ["s3:AbortMultipartUpload", "s3:PutObject"]
    yield Statement("Write", write, [f"{arn}{each}" for each in dict.fromkeys(writes)], why=_PREFIX_WHY)


def _keys(needs: Needs) -> Iterator[Statement]:
    place = needs.place
    own = [place.kms_key_arn] if place.kms_key_arn else []
    outputs = [*own, *_named(needs, "output_kms_key_id", OutputKey)]
    volumes = [*own, *_named(needs, "volume_kms_key_id", Volume | VolumeKey)]
    via = {"kms:ViaService": f"s3.{place.region}.{place.dns_suffix}"}
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
        yield Statement("AliasKey", KEY_USE, [_kms(place, "key/*")], named, why=why)


def _named(needs: Needs, field: str, kind: type | UnionType) -> list[str]:
    """The keys that steps name themselves: ARNs of keys, or `alias/name`."""
    pipeline = needs.config.pipeline
    holders = (pipeline.defaults, *(step.block for step in pipeline.steps))
    values = [getattr(holder, field) for holder in holders if isinstance(holder, kind)]
    found = []
    for key in (pattern for value in values for pattern in patterns(value, needs.config)):
        if "alias/" in key:
            found.append(key[key.index("alias/") :])
        else:
            found.append(key if key.startswith("arn:") else _kms(needs.place, f"key/{key}"))
    return found


def _kms(place: Place, key: str) -> str:
    return f"arn:{place.partition}:kms:{place.region}:{place.account}:{key}"


def _jobs(needs: Needs) -> Iterator[Statement]:
    place = needs.place
    root = f"arn:{place.partition}:sagemaker:{place.region}:{place.account}"
    tagged: list[str] = []
    for names, short in ((needs.jobs, False), (needs.jobs, True)):
        kinds = [kind for kind in names if (kind in _SHORT_NAMES) is short]
        if not kinds:
            continue
        arns = [f"{root}:{_KINDS[kind][0]}/{'*' if short else 'pipelines-*'}" for kind in kinds]
        actions = [action for kind in kinds for action in _actions(kind)]
        yield Statement("ShortJobs" if short else "Jobs", actions, arns, why=_SHORT_WHY if short else _JOBS_WHY)
        tagged += arns
    if "tuning" in needs.jobs:
        yield Statement(
            "Trials",
            ["sagemaker:DescribeTrainingJob"],
            [f"{root}:training-job/*"],
            why="a tuning job names its trials after itself",
        )
    if "automl" in needs.jobs:
        yield from _autopilot(root)
    if tagged:
        why = "SageMaker tags what a pipeline execution creates with the pipeline's ARN"
        yield Statement("Tag", ["sagemaker:AddTags"], tagged, why=why)


def _actions(kind: str) -> list[str]:
    name = _KINDS[kind][1]
    verbs = ("Create", "Describe") if kind == "model" else ("Create", "Describe", "Stop")
    more = ["sagemaker:ListTrainingJobsForHyperParameterTuningJob"] if kind == "tuning" else []
    return [*(f"sagemaker:{verb}{name}" for verb in verbs), *more]


def _autopilot(root: str) -> Iterator[Statement]:
    """Autopilot makes its jobs with the role of the AutoML job.

    https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-automate-model-development-create-experiment.html
    """
    kinds = ("processing", "training", "transform", "model")
    yield Statement(
        "Autopilot",
        [action for kind in kinds for action in _actions(kind)],
        [f"{root}:{_KINDS[kind][0]}/*" for kind in kinds],
        why="an AutoML job names what it makes after itself",
    )
    yield Statement("Candidates", ["sagemaker:ListCandidatesForAutoMLJob"], ["*"], why="the action has no resource")


def _registry(needs: Needs) -> Iterator[Statement]:
    place = needs.place
    root = f"arn:{place.partition}:sagemaker:{place.region}:{place.account}"

    def arns(groups: Sequence[str]) -> list[str]:
        found = []
        for name in groups:  # or the ARN of one of another account
            # in lower case, as SageMaker writes names in ARNs; those of the place may be tokens
            exact = name if "${" in name else name.lower()
            group = name if name.startswith("arn:") else f"{root}:model-package-group/{exact}"
            found += [group, group.replace(":model-package-group/", ":model-package/") + "/*"]
        return found

    why = "every version in the model package groups that the pipeline names"
    if needs.groups:
        statuses = sorted({status for each in needs.groups.values() for status in each})
        allowed = {} if "*" in statuses else {"StringEquals": {"sagemaker:ModelApprovalStatus": statuses}}
        names = list(needs.groups)
        yield Statement("Register", ["sagemaker:CreateModelPackage"], arns(names), allowed, why=why)
        describe = ["sagemaker:DescribeModelPackage", "sagemaker:DescribeModelPackageGroup"]
        yield Statement("Registered", describe, arns(names), why=why)
        yield Statement("TagVersions", ["sagemaker:AddTags"], [each for each in arns(names) if "/*" in each], why=why)
    if needs.baseline_groups:
        look = ["sagemaker:DescribeModelPackage", "sagemaker:ListModelPackages"]
        yield Statement("Baselines", look, arns(list(needs.baseline_groups)), why=why)


def _images(needs: Needs) -> Iterator[Statement]:
    if not needs.repositories:
        return
    token = "the action has no resource; https://docs.aws.amazon.com/service-authorization/latest/reference/"
    yield Statement("ImageToken", ["ecr:GetAuthorizationToken"], ["*"], why=token)
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    unknown = any("*" in each for each in needs.repositories)
    why = "an image that a parameter without a default names may be any of the account's own" if unknown else ""
    yield Statement("Images", pull, list(needs.repositories), why=why)


def _observe(needs: Needs) -> Iterator[Statement]:
    names = dict.fromkeys(name for kind in needs.jobs for name in _KINDS[kind][2])
    if not names:
        return
    place = needs.place
    group = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:/aws/sagemaker"
    write = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    why = "SageMaker writes a log stream for each job into the log group of its kind"
    yield Statement("Logs", write, [f"{group}/{name}:*" for name in names], why=why)
    spaces = {"StringEquals": {"cloudwatch:namespace": [f"/aws/sagemaker/{name}" for name in names]}}
    why = "the action has no resource; the namespace is limited by a condition"
    yield Statement("Metrics", ["cloudwatch:PutMetricData"], ["*"], spaces, why=why)


def _experiments(needs: Needs) -> Iterator[Statement]:
    if next(find(needs.config, ExperimentConfig), None) is None:
        return
    place = needs.place
    root = f"arn:{place.partition}:sagemaker:{place.region}:{place.account}"
    parts = {"Experiment": "experiment", "Trial": "experiment-trial", "TrialComponent": "experiment-trial-component"}
    actions = [f"sagemaker:{verb}{part}" for part in parts for verb in ("Create", "Describe")]
    yield Statement(
        "Experiments",
        [*actions, "sagemaker:AddTags", "sagemaker:AssociateTrialComponent", "sagemaker:UpdateTrialComponent"],
        [f"{root}:{each}/*" for each in parts.values()],
        why="SageMaker names trials and their components after executions and jobs",
    )


def _network(needs: Needs) -> list[Statement]:
    place, pipeline = needs.place, needs.config.pipeline
    holders = (pipeline.defaults, pipeline.network_config, *(step.block for step in pipeline.steps))

    def used(field: str, given: Sequence[str]) -> list[str]:
        lists = [each for each in (getattr(holder, field, None) for holder in holders) if each]
        found = [pattern for values in lists for value in values for pattern in patterns(value, needs.config)]
        return list(dict.fromkeys([*found, *given]))

    subnets = used("subnet_ids", place.subnet_ids)
    groups = used("security_group_ids", place.security_group_ids)
    return network_statements(
        AwsPlace(place.partition, place.account, place.region), Vpc(tuple(subnets), tuple(groups))
    )
