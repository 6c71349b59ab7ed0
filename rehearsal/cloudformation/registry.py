"""The supported resource types, one line each."""

from __future__ import annotations

from rehearsal.cloudformation.provider import Provider
from rehearsal.cloudformation.providers.applicationautoscaling_scalabletarget import ScalableTarget
from rehearsal.cloudformation.providers.applicationautoscaling_scalingpolicy import ScalingPolicy
from rehearsal.cloudformation.providers.cdk_metadata import CdkMetadata
from rehearsal.cloudformation.providers.cloudwatch_alarm import Alarm
from rehearsal.cloudformation.providers.codebuild_project import Project
from rehearsal.cloudformation.providers.codecommit_repository import Repository as CodeCommitRepository
from rehearsal.cloudformation.providers.codepipeline_pipeline import Pipeline as CodePipeline
from rehearsal.cloudformation.providers.ecr_repository import Repository as EcrRepository
from rehearsal.cloudformation.providers.events_eventbuspolicy import EventBusPolicy
from rehearsal.cloudformation.providers.events_rule import Rule
from rehearsal.cloudformation.providers.iam_managedpolicy import ManagedPolicy
from rehearsal.cloudformation.providers.iam_policy import Policy
from rehearsal.cloudformation.providers.iam_role import Role
from rehearsal.cloudformation.providers.kms_alias import Alias
from rehearsal.cloudformation.providers.kms_key import Key
from rehearsal.cloudformation.providers.logs_loggroup import LogGroup
from rehearsal.cloudformation.providers.s3_bucket import Bucket
from rehearsal.cloudformation.providers.s3_bucketpolicy import BucketPolicy
from rehearsal.cloudformation.providers.sagemaker_endpoint import Endpoint
from rehearsal.cloudformation.providers.sagemaker_endpointconfig import EndpointConfig
from rehearsal.cloudformation.providers.sagemaker_model import Model
from rehearsal.cloudformation.providers.sagemaker_modelpackagegroup import ModelPackageGroup
from rehearsal.cloudformation.providers.sagemaker_pipeline import Pipeline as SageMakerPipeline
from rehearsal.cloudformation.providers.sns_subscription import Subscription
from rehearsal.cloudformation.providers.sns_topic import Topic
from rehearsal.cloudformation.providers.sns_topicpolicy import TopicPolicy
from rehearsal.cloudformation.providers.ssm_parameter import Parameter
from rehearsal.cloudformation.providers.stepfunctions_statemachine import StateMachine

PROVIDERS: dict[str, Provider] = {
    provider.type: provider
    for provider in (
        ScalableTarget(),
        ScalingPolicy(),
        CdkMetadata(),
        Alarm(),
        Project(),
        CodeCommitRepository(),
        CodePipeline(),
        EcrRepository(),
        EventBusPolicy(),
        Rule(),
        ManagedPolicy(),
        Policy(),
        Role(),
        Alias(),
        Key(),
        LogGroup(),
        Bucket(),
        BucketPolicy(),
        Endpoint(),
        EndpointConfig(),
        Model(),
        ModelPackageGroup(),
        SageMakerPipeline(),
        Subscription(),
        Topic(),
        TopicPolicy(),
        Parameter(),
        StateMachine(),
    )
}
