"""What was retained on purpose and the manifest has no place for any more: data, and records of what was.

Nothing here is ever deleted by a command. Which deployment a bucket, a model package group or a repository is of, say
the tags that CloudFormation gives to everything it makes and that stay when the stack goes.
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from model_cicd.aws.bootstrap import BootstrapRoles
from model_cicd.operate.access import Access
from model_cicd.operate.leftovers import Report, Unseen
from model_cicd.operate.leftovers_places import Knowledge
from model_cicd.operate.leftovers_stacks import name_beginning
from model_cicd.settings import names
from model_cicd.text.errors import ModelCicdError

_STACK = "aws:cloudformation:stack-name"
#: the kinds of buckets, which their names have in front of account and region
_BUCKETS = "registry|releases|training|promotion|infra"
_PROJECT_LOGS = "/aws/codebuild/"
_BY_SIZE = "charged by the gigabyte"
# `names` cut the longest of their parts first: this much of a prefix is left in any case
_SURE = 16

Client = Callable[[str], Any]


@dataclass(frozen=True)
class Kept:
    """Something retained; `kind` says what in words, `costs` what it costs."""

    kind: str
    name: str
    account: str
    region: str
    costs: str


@dataclass(frozen=True)
class Names:
    """What names say: all of the deployment have `beginning`, and `wanted` are those that are not left."""

    beginning: str
    wanted: frozenset[str]
    known: Knowledge

    def mine(self, name: str) -> bool:
        """Whether something with this name, or of a stack of this name, is of this kind of module.

        Some names are in lower case. Of modules whose names begin alike it is the one with the longer name.
        """
        lower = name.lower()
        prefixes = {names.prefix(self.known.context(each)).lower(): each for each in self.known.all_modules}
        found = [each for each in prefixes if lower == each or lower.startswith(f"{each}-")]
        other = bool(found) and prefixes[max(found, key=len)] in self.known.others
        return lower.startswith(self.beginning.lower()) and not other


def kept(access: Access, report: Report) -> tuple[list[Kept], list[Unseen]]:
    """What is retained in the accounts of `report`, and where that cannot be seen."""
    wanted = frozenset(text for topology in report.deployed for text in _texts(topology))
    search = Names(name_beginning(report.known), wanted, report.known)

    def ask(roles: BootstrapRoles) -> list[Kept] | Unseen:
        def client(service: str) -> Any:
            return access.client(service, account=roles.account, region=roles.region, role_arn=roles.lookup)

        try:
            with access.asking("look at what is retained", f"account {roles.account}"):
                return [each for look in _LOOKS for each in look(client, roles, search)]
        except ModelCicdError as error:
            return Unseen(roles.place, str(error))

    with ThreadPoolExecutor(max_workers=8) as pool:
        answers = list(pool.map(ask, report.seen))
    found = [each for answer in answers if not isinstance(answer, Unseen) for each in answer]
    return found, [each for each in answers if isinstance(each, Unseen)]


def _texts(record: object) -> Iterator[str]:
    """Every name and ARN in a record, however deep."""
    if isinstance(record, str):
        yield record
    elif dataclasses.is_dataclass(record):
        for each in dataclasses.fields(record):
            yield from _texts(getattr(record, each.name))
    elif isinstance(record, Mapping):
        yield from _texts(tuple(record.values()))
    elif isinstance(record, Iterable):
        for one in record:
            yield from _texts(one)


def _keys(client: Client, roles: BootstrapRoles, search: Names) -> Iterator[Kept]:
    for page in client("kms").get_paginator("list_aliases").paginate():
        for each in page["Aliases"]:
            name = each["AliasName"]
            mine = search.mine(name.removeprefix("alias/")) and not name.endswith("-volume")
            if mine and each["AliasArn"] not in search.wanted:
                yield Kept("key", name, roles.account, roles.region, "charged by the month")


def _buckets(client: Client, roles: BootstrapRoles, search: Names) -> Iterator[Kept]:
    s3 = client("s3")
    pattern = re.compile(rf".*-({_BUCKETS})-{roles.account}-{roles.region}")
    for each in s3.list_buckets()["Buckets"]:
        name = each["Name"]
        if name in search.wanted or not pattern.fullmatch(name):
            continue
        tags = _tags(lambda name=name: s3.get_bucket_tagging(Bucket=name)["TagSet"])  # type: ignore[misc]
        if search.mine(tags.get(_STACK, "")):
            yield Kept("bucket", name, roles.account, roles.region, _BY_SIZE)


def _model_package_groups(client: Client, roles: BootstrapRoles, search: Names) -> Iterator[Kept]:
    sagemaker = client("sagemaker")
    for page in sagemaker.get_paginator("list_model_package_groups").paginate():
        for each in page["ModelPackageGroupSummaryList"]:
            name, arn = each["ModelPackageGroupName"], each["ModelPackageGroupArn"]
            if arn in search.wanted or not name.startswith(search.beginning.lower()[:_SURE]):
                continue
            tags = _tags(lambda arn=arn: sagemaker.list_tags(ResourceArn=arn)["Tags"])  # type: ignore[misc]
            if search.mine(tags.get(_STACK, "")):
                yield Kept("model package group", name, roles.account, roles.region, "free")


def _pipelines(client: Client, roles: BootstrapRoles, search: Names) -> Iterator[Kept]:
    pages = client("sagemaker").get_paginator("list_pipelines")
    for page in pages.paginate(PipelineNamePrefix=search.beginning.lower().rstrip("-")):
        for each in page["PipelineSummaries"]:
            if search.mine(each["PipelineName"]) and each["PipelineArn"] not in search.wanted:
                what = "SageMaker pipeline"
                yield Kept(what, each["PipelineName"], roles.account, roles.region, "free, and nothing starts it")


def _repositories(client: Client, roles: BootstrapRoles, search: Names) -> Iterator[Kept]:
    codecommit = client("codecommit")
    for page in codecommit.get_paginator("list_repositories").paginate():
        for each in page["repositories"]:
            name = each["repositoryName"]
            arn = roles.place.arn("codecommit", name)
            if arn in search.wanted:
                continue
            tags = codecommit.list_tags_for_resource(resourceArn=arn)["tags"]
            if search.mine(tags.get(_STACK, "")):
                yield Kept("code repository", name, roles.account, roles.region, "free")


def _images(client: Client, roles: BootstrapRoles, search: Names) -> Iterator[Kept]:
    for page in client("ecr").get_paginator("describe_repositories").paginate():
        for each in page["repositories"]:
            if search.mine(each["repositoryName"]) and each["repositoryArn"] not in search.wanted:
                yield Kept("image store", each["repositoryName"], roles.account, roles.region, _BY_SIZE)


def _logs(client: Client, roles: BootstrapRoles, search: Names) -> Iterator[Kept]:
    """Builds make them by themselves; endpoints, too, in the accounts that serve."""
    endpoints = f"/aws/sagemaker/Endpoints/{search.beginning.lower()}"
    for prefix in (f"{_PROJECT_LOGS}{search.beginning}", endpoints):
        for page in client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
            for each in page["logGroups"]:
                name = each["logGroupName"].rpartition("/")[2]
                if search.mine(name) and name not in search.wanted:
                    yield Kept("log group", each["logGroupName"], roles.account, roles.region, _BY_SIZE)


def _tags(ask: Callable[[], list[dict[str, str]]]) -> dict[str, str]:
    from botocore.exceptions import ClientError

    try:
        return {each["Key"]: each["Value"] for each in ask()}
    except ClientError as error:
        if error.response["Error"].get("Code") == "NoSuchTagSet":
            return {}
        raise


_LOOKS = (_buckets, _keys, _model_package_groups, _images, _pipelines, _repositories, _logs)
