"""Service Quotas, and what doctor takes for granted about them."""

from __future__ import annotations

from tests.live.probe import Fact, NotShownError, Scene, probe

_USES = ("training job", "processing job", "transform job", "endpoint", "spot training job")


@probe(
    Fact(
        "quota-names-of-sagemaker",
        "SageMaker's quotas are called `<instance type> for <use> usage`, and are listed with their defaults also "
        "where nobody has asked for more",
        "model_cicd/doctor/quotas.py",
        "all of training job, processing job, transform job, endpoint, spot training job",
    )
)
def quota_names(scene: Scene) -> str:
    quotas = scene.client("service-quotas")
    names = {
        each["QuotaName"]
        for operation in ("list_service_quotas", "list_aws_default_service_quotas")
        for page in quotas.get_paginator(operation).paginate(ServiceCode="sagemaker")
        for each in page["Quotas"]
    }
    there = [use for use in _USES if f"ml.m5.large for {use} usage" in names]
    return f"all of {', '.join(there)}" if there else "none"


@probe(
    Fact(
        "quota-codes",
        "the codes of the quotas on pipelines, rules and builds at once",
        "model_cicd/doctor/quotas.py",
        "Total pipelines; Number of rules; Concurrently running builds for Linux/Small environment",
    )
)
def quota_codes(scene: Scene) -> str:
    quotas = scene.client("service-quotas")
    asked = (("codepipeline", "L-78D200AD"), ("events", "L-244521F2"), ("codebuild", "L-9D07B6EF"))
    found = [quotas.get_aws_default_service_quota(ServiceCode=each, QuotaCode=code) for each, code in asked]
    return "; ".join(each["Quota"]["QuotaName"] for each in found)


@probe(
    Fact(
        "shared-subnets-name-their-owner",
        "a subnet that another account shares with this one has the owner's account in its `OwnerId` and ARN, so a "
        "policy on it must name that account",
        "model_cicd/constructs/container_statements.py",
        "the owner's account in OwnerId and ARN",
        embedded="nothing is shared between its accounts",
    )
)
def shared_subnets(scene: Scene) -> str:
    own = scene.accounts[0]
    pages = scene.client("ec2").get_paginator("describe_subnets").paginate()
    shared = [each for page in pages for each in page["Subnets"] if each["OwnerId"] != own]
    if not shared:
        raise NotShownError("no subnet is shared with this account")
    agree = all(each["OwnerId"] == each["SubnetArn"].split(":")[4] for each in shared)
    return "the owner's account in OwnerId and ARN" if agree else "the ARN names another account than OwnerId"
