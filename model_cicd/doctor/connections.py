"""Connections to code at other hosts: there, and finished by somebody in the console."""

from __future__ import annotations

import re

from model_cicd.doctor.look import Look

_REFERENCE = re.compile(r"\{\{resolve:ssm:(.+)\}\}")
_CONSOLE = "https://console.aws.amazon.com/codesuite/settings/connections"


def check(look: Look) -> None:
    """Every connection of the manifest."""
    for written in sorted(look.site.connections):
        arn = _known(look, written)
        if arn is None:
            continue
        service = "codestar-connections" if ":codestar-connections:" in arn else "codeconnections"
        found = look.ask(service, "GetConnection", of=f"connection {arn}", ConnectionArn=arn)
        if found is None:
            look.stops(f"the connection {arn} is not there", f"make one at {_CONSOLE}, which nothing else can finish")
        elif (status := found["Connection"]["ConnectionStatus"]) != "AVAILABLE":
            look.stops(f"the connection {arn} is {status}, expected AVAILABLE", f"finish it at {_CONSOLE}")
        else:
            look.fine(f"the connection {arn} is AVAILABLE")


def _known(look: Look, written: str) -> str | None:
    reference = _REFERENCE.fullmatch(written)
    if reference is None:
        return written
    name = reference[1]
    found = look.ask("ssm", "GetParameter", of=f"parameter {name}", Name=name)
    if found is None:
        mend = f"aws ssm put-parameter --name {name} --type String --region {look.site.place.region} --value ARN"
        look.stops(f"the parameter {name} is not there, which holds the ARN of a connection", mend)
        return None
    return str(found["Parameter"]["Value"])
