"""AWS::CodeConnections::Connection.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-codeconnections-connection.html
"""

from __future__ import annotations

from rehearsal.cloudformation.providers._connections import Connection


class CodeConnection(Connection):
    """A connection."""

    type = "AWS::CodeConnections::Connection"
    service = "codeconnections"
