"""The services of our own: made in order, each with the ports (`rehearsal.ports`) of those before it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rehearsal import s3_events
from rehearsal.api import Service
from rehearsal.autoscaling import ApplicationAutoScaling
from rehearsal.cloudformation import CloudFormation
from rehearsal.codebuild import CodeBuild
from rehearsal.codecommit import CodeCommit
from rehearsal.codeconnections import NAMES, Clones, CodeConnections, ConnectionStore
from rehearsal.codepipeline import CodePipeline
from rehearsal.codepipeline.actions.base import Neighbours
from rehearsal.codepipeline.pipelines import Triggers
from rehearsal.ecr import Ecr
from rehearsal.events import EventBridge
from rehearsal.iam.context import Organization
from rehearsal.iam.resource_policies import ResourcePolicies
from rehearsal.identity_providers import IdentityProviders
from rehearsal.lambdas import Lambda
from rehearsal.mailbox import Mailbox
from rehearsal.monitoring import Monitoring
from rehearsal.organizations import Organizations
from rehearsal.ports import Authorization, Issuers, RepositoryHosts
from rehearsal.sagemaker import SageMaker
from rehearsal.sagemaker.ports import SageMakerPlatform
from rehearsal.service_quotas import ServiceQuotas
from rehearsal.simulation import Simulation
from rehearsal.sns import Sns
from rehearsal.states import StepFunctions
from rehearsal.sts import Sts, WebIdentities


@dataclass(frozen=True)
class Elsewhere:
    """What is not AWS's: who vouches for people and jobs, where repositories are besides, and people's mail."""

    issuers: Issuers
    hosts: RepositoryHosts
    mailbox: Mailbox


class Services:
    """All of them, by attribute or one after the other; `policies` learns where their resource policies are."""

    def __init__(
        self,
        platform: SageMakerPlatform,
        iam: Authorization,
        policies: ResourcePolicies,
        organization: Organization,
        elsewhere: Elsewhere,
    ) -> None:
        triggers = Triggers()
        self.sns = Sns(elsewhere.mailbox, platform)
        self.sts = Sts(platform.accounts, WebIdentities(elsewhere.issuers, iam))
        self.iam = Simulation(IdentityProviders())
        self.events = EventBridge(platform, iam, triggers)
        objects = s3_events.send_to(self.events, platform)
        self.monitoring = Monitoring(self.events)
        self.cloudformation = CloudFormation(platform)
        self.codecommit = CodeCommit(platform, self.events, iam)
        self.connections = ConnectionStore()
        clones = Clones(self.connections, platform.accounts, iam, elsewhere.hosts)
        self.codebuild = CodeBuild(platform, self.events, self.codecommit, clones)
        self.codeconnections, self.codestar_connections = (CodeConnections(self.connections, name) for name in NAMES)
        neighbours = Neighbours(iam, self.codecommit, objects, self.codebuild, self.connections, elsewhere.hosts)
        self.codepipeline = CodePipeline(platform, self.events, neighbours, triggers)
        self.ecr = Ecr(platform.directory)
        self.sagemaker = SageMaker(platform, self.events)
        self.states = StepFunctions(platform, iam, self.events)
        self.functions = Lambda(platform, iam)
        self.autoscaling = ApplicationAutoScaling(self.sagemaker.endpoints)
        self.quotas = ServiceQuotas()
        self.organizations = Organizations(organization)
        policies.add("events", self.events.policy_of)
        policies.add("lambda", self.functions.policy_of)
        policies.add("sagemaker", self.sagemaker.groups.policy_of)
        policies.add_state("sagemaker", self.sagemaker.packages.state_of)

    def __iter__(self) -> Iterator[Service]:
        return (each for each in vars(self).values() if each is not self.connections)
