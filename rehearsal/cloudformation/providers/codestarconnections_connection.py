"""AWS::CodeStarConnections::Connection.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codestarconnections-connection.html
"""

from __future__ import annotations

from rehearsal.cloudformation.providers._connections import Connection


class CodeStarConnection(Connection):
    """A connection, by the old name of its service."""

    type = "AWS::CodeStarConnections::Connection"
    service = "codestar-connections"
