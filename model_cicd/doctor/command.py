"""`model-cicd doctor MANIFEST [--role-name NAME] [--qualifier TEXT] [--all] [--format text|json]`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from model_cicd.text import terminal


def register(subparsers: Any) -> None:
    """Add the command; what it needs is imported when it runs."""
    parser = subparsers.add_parser(
        "doctor",
        help="whether the accounts of a manifest are ready for it; reads only",
        description="Look at every account and region of a deployment manifest, with your credentials, before the "
        "first apply and whenever something fails: reachable, bootstrapped, quotas, names, networks, images. Exit "
        "code 1 when something stops a deployment, 0 with warnings only. Nothing is changed.",
    )
    parser.add_argument("manifest", metavar="MANIFEST", type=Path, help="a deployment manifest")
    parser.add_argument("--region", metavar="REGION", help="of the toolchain (default: of your settings)")
    parser.add_argument("--role-arn", metavar="ARN", help="assume this role first")
    parser.add_argument(
        "--role-name", metavar="NAME", default="", help="a role of every other account (default: CDK's lookup role)"
    )
    parser.add_argument("--qualifier", metavar="TEXT", default="", help="of Seed-Farmer's roles, where there is one")
    parser.add_argument("--all", action="store_true", help="show what is in order, too")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="how to print it")
    parser.set_defaults(handler=run)


def run(options: argparse.Namespace) -> int:
    """Print what was found; 1 when something stops a deployment."""
    from model_cicd.doctor.examine import Ways, examine
    from model_cicd.doctor.finding import STOPS, as_json, as_text
    from model_cicd.doctor.needs import sites_of
    from model_cicd.operate.access import Access

    sites = sites_of(options.manifest)
    access = Access(region=options.region, role_arn=options.role_arn)
    found = examine(access, sites, Ways(options.role_name, options.qualifier))
    if options.format == "json":
        print(terminal.as_json({"caller": access.who, "findings": as_json(found)}))
    else:
        uses = {(site.place.account, site.place.region): ", ".join(site.uses) for site in sites}
        terminal.say(as_text(found, uses, whole=options.all, width=terminal.width() or 0))
    return 1 if any(each.severity == STOPS for each in found) else 0
