"""`--data`: which bucket and account a path goes to, and what is refused before anything starts."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from rehearsal.errors import UsageError
from rehearsal.job.data_sets import unsaid, with_data
from rehearsal.job.plan import Plan, read
from rehearsal.step_options import Upload

DEPLOYMENT = """
    name: d
    toolchainRegion: us-east-1
    groups:
      - name: models
        modules:
          - name: m
            path: m
            parameters:
              - {name: infra-repo, value: {host: codecommit, name: infra}}
              - {name: model-build-repo, value: {host: codecommit, name: models}}
              - name: deployment-groups
                value:
                  - name: research
                    sourceBranch: dev
                    buildEnvironment: {name: lab, account: '123456789012', region: us-east-1, type: dev}
                    pipelineParameters: {InputDataUrl: 's3://my-data/set.csv', MaxDepth: 3, CommitUrl: https://x}
                  - name: live
                    sourceBranch: main
                    buildEnvironment: {name: train, account: '123456789015', region: eu-west-1, type: preprod}
                    pipelineParameters: {Train: 's3://live-data/train/', Test: 's3://live-data/test/'}
                  - name: plain
                    sourceBranch: plain
                    buildEnvironment: {name: train, account: '123456789015', region: eu-west-1, type: preprod}
    targetAccountMappings:
      - {alias: a, accountId: '123456789010', default: true, regionMappings: [{region: us-east-1, default: true}]}
    """


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "seedfarmer.yaml").write_text("project: p\n", encoding="utf-8")
    (tmp_path / "deployment.yaml").write_text(textwrap.dedent(DEPLOYMENT), encoding="utf-8")
    for name in ("set.csv", "train/a.csv", "train/b/c.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text("1,2\n", encoding="utf-8")
    return read(tmp_path / "deployment.yaml", tmp_path)


def keys(plan: Plan) -> list[tuple[str, str, str]]:
    return [(group, each.bucket, key) for group, each in plan.data for _, key in each.files()]


def test_a_file_becomes_the_object_that_the_group_reads(plan: Plan) -> None:
    found = with_data(plan, [f"research={plan.root}/train/a.csv"])
    assert keys(found) == [("research", "my-data", "set.csv")]


def test_a_folder_goes_below_the_prefix_of_the_parameter(plan: Plan) -> None:
    found = with_data(plan, [f"live.Train={plan.root}/train", f"live.Test={plan.root}/set.csv"])
    assert keys(found) == [
        ("live", "live-data", "train/a.csv"),
        ("live", "live-data", "train/b/c.csv"),
        ("live", "live-data", "test/set.csv"),
    ]


def test_an_upload_to_a_bucket_that_a_group_reads_is_data_of_the_group(plan: Plan) -> None:
    uploads = [Upload(plan.root / "set.csv", "my-data", ""), Upload(plan.root / "set.csv", "other", "")]
    assert keys(with_data(plan, [], uploads)) == [("research", "my-data", "set.csv")]


def test_what_nobody_puts_there_is_said_beforehand(plan: Plan) -> None:
    found = list(unsaid(with_data(plan, [f"research={plan.root}/set.csv"])))
    assert found == [
        "group live reads s3://live-data/train/ (Train): --data live.Train=PATH puts it there",
        "group live reads s3://live-data/test/ (Test): --data live.Test=PATH puts it there",
    ]


@pytest.mark.parametrize(
    ("option", "cause"),
    [
        ("research", "expected GROUP=PATH or GROUP.PARAMETER=PATH"),
        ("reserch={root}/set.csv", "there is no group reserch (did you mean research?)"),
        ("plain={root}/set.csv", "its pipelineParameters name no s3://BUCKET/KEY"),
        ("live={root}/train", "expected live.PARAMETER with one of Train, Test"),
        ("live.Trian={root}/train", "no parameter Trian of it is an s3://BUCKET/KEY: expected one of Train, Test"),
        ("research=/nowhere/x", "there is no /nowhere/x"),
        ("research={root}/train", "got a folder, and the group reads s3://my-data/set.csv: expected a file"),
    ],
)
def test_what_cannot_be_is_refused_with_its_cause(plan: Plan, option: str, cause: str) -> None:
    text = option.format(root=plan.root)
    with pytest.raises(UsageError) as refused:
        with_data(plan, [text])
    assert refused.value.problems == (f"--data {text}: {cause}",)


def test_a_bucket_has_one_account(plan: Plan) -> None:
    shared = DEPLOYMENT.replace("s3://live-data/train/", "s3://my-data/set.csv")
    (plan.root / "deployment.yaml").write_text(textwrap.dedent(shared), encoding="utf-8")
    file = f"{plan.root}/set.csv"
    with pytest.raises(UsageError) as refused:
        with_data(read(plan.root / "deployment.yaml", plan.root), [f"research={file}", f"live.Train={file}"])
    assert "group live builds in 123456789015, another group in 123456789012" in str(refused.value)
