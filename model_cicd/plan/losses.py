"""What is lost with a resource that is replaced or removed, and what stays of one that is retained."""

from __future__ import annotations

#: by type: what of its content is lost with it, and what whoever uses it has to do
_CONTENT = {
    "AWS::CodeCommit::Repository": "its commits, branches and pull requests",
    "AWS::CodePipeline::Pipeline": "the history of its executions",
    "AWS::CodeBuild::Project": "the history of its builds",
    "AWS::ECR::Repository": "its images",
    "AWS::KMS::Key": "what is encrypted with it, once its waiting period is over",
    "AWS::Logs::LogGroup": "its log events",
    "AWS::S3::Bucket": "its objects",
    "AWS::SNS::Topic": "its subscriptions",
    "AWS::SageMaker::ModelPackageGroup": "its versions and their approvals",
    "AWS::SageMaker::Pipeline": "the history of its executions",
    "AWS::StepFunctions::StateMachine": "the history of its executions",
}
_USERS = {
    "AWS::SageMaker::Endpoint": "callers have to use the new name, and the old one stops answering",
    "AWS::IAM::Role": "who trusts or assumes it by its ARN has to name the new one",
    "AWS::IAM::ManagedPolicy": "it is taken from whoever has it: attach the new one",
    "AWS::SSM::Parameter": "who reads it has to read the new name",
    "AWS::IAM::OIDCProvider": "roles that trust it refuse tokens meanwhile",
}


def replaced(kind: str, name: str, kept: bool) -> str:
    """What a replacement of a resource of type `kind` loses; `name` is the old one's."""
    old = f"the old one, {name}," if name else "the old one"
    if kind in _CONTENT:
        if kept:
            return f"the new one starts empty; {old} stays with {_CONTENT[kind]}, outside of every stack"
        return f"the new one starts empty, and {_CONTENT[kind]} are lost"
    return _USERS.get(kind, "")


def removed(kind: str, kept: bool) -> str:
    """What goes with a resource of type `kind` that leaves its stack."""
    if kept:
        return f"stays{f' with {_CONTENT[kind]}' if kind in _CONTENT else ''}, outside of every stack"
    if kind in _CONTENT:
        return f"lost: {_CONTENT[kind]}"
    return "stops answering" if kind == "AWS::SageMaker::Endpoint" else ""
