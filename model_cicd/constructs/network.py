"""What a role of SageMaker's needs in order to work in subnets of its account."""

from __future__ import annotations

from collections.abc import Sequence

from model_cicd.constructs.iam import Statement


def network_statements(
    partition: str, account: str, region: str, subnet_ids: Sequence[str], security_group_ids: Sequence[str]
) -> list[Statement]:
    """Statements for network interfaces in exactly these subnets; none where there are no subnets.

    https://docs.aws.amazon.com/sagemaker/latest/dg/sagemaker-roles.html
    """
    if not subnet_ids:
        return []
    ec2 = f"arn:{partition}:ec2:{region}:{account}"
    interfaces = f"{ec2}:network-interface/*"
    return [
        Statement(
            "NetworkInterfaces",
            ["ec2:CreateNetworkInterface"],
            [
                interfaces,
                *(f"{ec2}:subnet/{each}" for each in subnet_ids),
                *(f"{ec2}:security-group/{each}" for each in security_group_ids),
            ],
            why="the id of a network interface is not known before it exists; subnets and security groups are exact",
        ),
        Statement(
            "ReleaseNetworkInterfaces",
            [
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
            ],
            [interfaces],
            {"ArnEquals": {"ec2:Subnet": [f"{ec2}:subnet/{each}" for each in subnet_ids]}},
            why="the id of a network interface is not known before it exists; its subnet is limited by a condition",
        ),
        Statement(
            "DescribeNetwork",
            [
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
            ],
            ["*"],
            why="EC2's Describe actions have no resource",
        ),
    ]
