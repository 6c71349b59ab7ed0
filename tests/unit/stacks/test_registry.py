"""The registry of candidates: training writes it, the promotion alone reads it, and no other account gets at it."""

from __future__ import annotations

from typing import Any

import pytest

from .conftest import StorePolicies

USE = ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
BUILD = {"AWS": "arn:aws:iam::444444444444:root"}


@pytest.fixture(scope="module")
def live(assembly: Any) -> Any:
    return assembly.group("live")


@pytest.fixture(scope="module")
def registry(assembly: Any, live: Any) -> StorePolicies:
    return StorePolicies.of(assembly.build("live"), live.registry, live.models)


def test_the_account_administers_the_key_and_does_not_use_it(registry: StorePolicies) -> None:
    administration = registry.key["Administration"]
    assert administration["Principal"] == BUILD
    assert "Condition" not in administration
    uses = ("Decrypt", "Encrypt", "ReEncrypt", "GenerateDataKey", "CreateGrant", "Sign", "Verify", "GenerateMac", "*")
    assert [action for action in administration["Action"] if any(use in action for use in uses)] == []
    assert {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:DescribeKey"} <= set(administration["Action"])


def test_training_uses_the_key_through_s3_only(registry: StorePolicies, live: Any) -> None:
    assert registry.key["Train"] == {
        "Sid": "Train",
        "Effect": "Allow",
        "Principal": BUILD,
        "Action": USE,
        "Resource": "*",
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": [live.registry.execution_role.arn, live.start_role.arn]},
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        },
    }


def test_only_the_execution_role_grants_and_only_to_aws(registry: StorePolicies, live: Any) -> None:
    granting = [sid for sid, statement in registry.key.items() if "kms:CreateGrant" in str(statement["Action"])]
    assert granting == ["JobVolumes"]
    assert registry.key["JobVolumes"]["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": live.registry.execution_role.arn},
        "Bool": {"kms:GrantIsForAWSResource": "true"},
    }


def test_who_promotes_decrypts_and_no_more(registry: StorePolicies, live: Any) -> None:
    assert registry.key["Read444444444444"] == {
        "Sid": "Read444444444444",
        "Effect": "Allow",
        "Principal": BUILD,
        "Action": "kms:Decrypt",
        "Resource": "*",
        "Condition": {
            "ArnEquals": {"aws:PrincipalArn": live.releases.role.arn},
            "StringEquals": {"kms:ViaService": "s3.eu-west-1.amazonaws.com"},
        },
    }
    assert set(registry.key) == {"Administration", "Train", "JobVolumes", "Read444444444444"}


def test_no_other_account_reads_candidates(registry: StorePolicies) -> None:
    assert {sid for sid, statement in registry.bucket.items() if statement["Effect"] == "Allow"} == set()
    assert registry.packages == {}


def test_the_bucket_refuses_plain_http_and_foreign_writers(registry: StorePolicies, live: Any) -> None:
    bucket = registry.bucket
    assert bucket["TlsOnly"]["Effect"] == bucket["OthersOnlyRead"]["Effect"] == "Deny"
    assert bucket["TlsOnly"]["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    assert bucket["OthersOnlyRead"]["NotAction"] == ["s3:GetObject", "s3:ListBucket"]
    assert bucket["OthersOnlyRead"]["Condition"] == {
        "StringNotEquals": {"aws:PrincipalAccount": "444444444444"},
        "Bool": {"aws:PrincipalIsAWSService": "false"},
    }
    everything = [live.registry.bucket.arn, f"{live.registry.bucket.arn}/*"]
    assert bucket["TlsOnly"]["Resource"] == bucket["OthersOnlyRead"]["Resource"] == everything


def test_bucket_is_private_versioned_encrypted_and_tiered(registry: StorePolicies) -> None:
    properties = registry.resources["bucket"]["Properties"]
    assert set(properties["PublicAccessBlockConfiguration"].values()) == {True}
    assert properties["OwnershipControls"] == {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]}
    assert properties["VersioningConfiguration"] == {"Status": "Enabled"}
    (rule,) = properties["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    rules = {rule.get("Prefix"): rule for rule in properties["LifecycleConfiguration"]["Rules"]}
    assert set(rules) == {None, "code/", "data/", "runs/", "models/"}
    assert not [prefix for prefix, rule in rules.items() if "ExpirationInDays" in rule]  # nothing current expires


@pytest.mark.parametrize("resource", ["key", "alias", "bucket", "group"])
def test_the_registry_outlives_its_stack(registry: StorePolicies, resource: str) -> None:
    found = registry.resources[resource]
    assert found["DeletionPolicy"] == found["UpdateReplacePolicy"] == "Retain"
