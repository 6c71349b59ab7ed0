"""`--stand-in TYPE`: which types it takes, what it says of others, and what the report says of the resources."""

from __future__ import annotations

import argparse

import pytest

from rehearsal import aws_options, cli
from rehearsal.cloudformation.stand_ins.patterns import matching
from rehearsal.job import report_words


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    aws_options.add_aws_options(parser)
    return parser.parse_args(words)


def test_types_of_aws_are_taken_and_go_on_to_a_command_in_the_background() -> None:
    options = parsed("--stand-in", "AWS::EKS::Cluster", "--stand-in", "Custom::AWSCDK-EKS-Cluster")
    assert aws_options.aws_settings(options)["stand_ins"] == ["AWS::EKS::Cluster", "Custom::AWSCDK-EKS-Cluster"]
    again = parsed(*aws_options.words(options))
    assert again.stand_in == options.stand_in
    assert aws_options.aws_settings(parsed())["stand_ins"] == []


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("AWS::EKS::Clster", "expected a resource type of CloudFormation (did you mean AWS::EKS::Cluster?)"),
        ("Custom::a thing", "expected a resource type of CloudFormation"),
        ("AWS::S3::Bucket", "the embedded AWS has this type: it needs no stand-in"),
    ],
)
def test_others_are_wrong_usage(kind: str, problem: str, capsys: pytest.CaptureFixture[str]) -> None:
    for command in ([], ["up"]):
        assert cli.main([*command, "manifests/local/deployment.yaml", "--stand-in", kind]) == 2
        assert f"rehearse: --stand-in {kind}: {problem}" in capsys.readouterr().err


def test_the_report_names_them_by_type() -> None:
    def one(kind: str, name: str) -> dict[str, str]:
        return {"type": kind, "stack": "s", "resource": name, "account": "1", "region": "r", "id": "i"}

    found = [one("AWS::RDS::DBInstance", "D"), *(one("AWS::EKS::Cluster", f"C{number}") for number in range(7))]
    assert list(report_words.of_stand_ins(found)) == [
        "that AWS::EKS::Cluster works: stand-ins took its place (--stand-in): s/C0, s/C1, s/C2, s/C3, s/C4 and 2 more",
        "that AWS::RDS::DBInstance works: stand-ins took its place (--stand-in): s/D",
    ]


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("^fs-[0-9a-f]{8,40}$", "fs-01234567"),
        ("^(arn:aws[-a-z]*:x|y)$", "arn:aws:x"),
        (r"[A-Z]{2}\d\w.", "AA234"),
        ("^(?!no)x$", None),
        ("(", None),
    ],
)
def test_texts_are_made_that_patterns_match(pattern: str, text: str | None) -> None:
    made = matching(pattern, "0123456789abcdef")
    assert (made is None) == (text is None)
    assert made is None or made.startswith(text or "")
