"""Pages of the AWS console."""

from __future__ import annotations

from urllib.parse import quote


def host(region: str) -> str:
    """The console's host for a region, of any partition."""
    domain = "console.amazonaws.cn" if region.startswith("cn-") else "console.aws.amazon.com"
    if region.startswith("us-gov-"):
        domain = "console.amazonaws-us-gov.com"
    return f"{region}.{domain}"


def log_stream(region: str, group: str, stream: str) -> str:
    """The page of a log stream; the console writes names in its own way, percent signs as `$`."""
    names = [quote(quote(each, safe=""), safe="").replace("%", "$") for each in (group, stream)]
    page = f"log-groups/log-group/{names[0]}/log-events/{names[1]}"
    return f"https://{host(region)}/cloudwatch/home?region={region}#logsV2:{page}"
