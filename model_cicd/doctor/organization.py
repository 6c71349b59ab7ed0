"""The organization that the manifest limits grants to, and the one that an account is in."""

from __future__ import annotations

from model_cicd.doctor.look import Look


def check(look: Look) -> None:
    """Where the manifest names an organization: whether the account is in it."""
    for wanted in sorted(look.site.organizations):
        found = look.ask("organizations", "DescribeOrganization", region=_region(look))
        if found is None:
            look.stops(f"the account is in no organization, the manifest has {wanted}")
        elif (actual := found["Organization"]["Id"]) != wanted:
            look.stops(f"the account is in {actual}, the manifest has {wanted}")
        else:
            look.fine(f"the account is in {wanted}")


def _region(look: Look) -> str:
    """Organizations answers at one place in each partition.

    https://docs.aws.amazon.com/general/latest/gr/ao.html
    """
    return {"aws-cn": "cn-northwest-1", "aws-us-gov": "us-gov-west-1"}.get(look.site.place.partition, "us-east-1")
