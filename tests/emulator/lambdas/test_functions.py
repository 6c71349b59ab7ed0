"""The life of a function: settings, versions, aliases, tags and limits, and everything that is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.lambdas.conftest import ACCOUNT, Functions, zipped
from tests.emulator.roles import almighty, trusting

CODE = "def handler(event, context):\n    return 1\n"


def test_life_cycle(functions: Functions) -> None:
    api = functions.api
    name = functions.make(CODE, Environment={"Variables": {"AA": "1"}}, Tags={"a": "1"}, Publish=True)
    api.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 0})
    found = api.get_function(FunctionName=name)
    shown = found["Configuration"]
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}"
    assert (shown["FunctionArn"], shown["Version"], shown["State"]) == (arn, "$LATEST", "Active")
    assert (shown["Timeout"], shown["MemorySize"], shown["Environment"]) == (3, 128, {"Variables": {"AA": "1"}})
    assert (shown["PackageType"], shown["Architectures"], found["Tags"]) == ("Zip", ["x86_64"], {"a": "1"})
    api.update_function_configuration(FunctionName=name, Timeout=5, Environment={"Variables": {}})
    api.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": CODE + "# 2\n"}))
    after = api.get_function_configuration(FunctionName=f"{ACCOUNT}:function:{name}")
    assert (after["Timeout"], "Environment" in after) == (5, False)
    assert after["CodeSha256"] != shown["CodeSha256"]
    assert api.get_function_configuration(FunctionName=name, Qualifier="1")["CodeSha256"] == shown["CodeSha256"]
    with pytest.raises(ClientError, match="Function already exist"):
        functions.make(CODE, FunctionName=name)
    api.tag_resource(Resource=arn, Tags={"b": "2", "c": "3"})
    api.untag_resource(Resource=arn, TagKeys=["a", "c"])
    assert api.list_tags(Resource=arn)["Tags"] == {"b": "2"}
    assert name in [each["FunctionName"] for each in api.list_functions()["Functions"]]
    api.delete_function(FunctionName=arn)
    with pytest.raises(api.exceptions.ResourceNotFoundException, match=f"Function not found: {arn}"):
        api.get_function(FunctionName=name)


def test_versions_and_aliases(functions: Functions) -> None:
    api, name = functions.api, functions.make(CODE)
    assert [api.publish_version(FunctionName=name)["Version"] for _ in range(2)] == ["1", "1"]
    api.create_alias(FunctionName=name, Name="live", FunctionVersion="1")
    api.update_function_code(FunctionName=name, ZipFile=zipped({"index.py": CODE.replace("1", "2")}))
    assert api.publish_version(FunctionName=name)["Version"] == "2"
    assert functions.answer(name, Qualifier="live")["ExecutedVersion"] == "1"
    api.update_alias(FunctionName=name, Name="live", FunctionVersion="2")
    assert functions.call(f"{name}:live") == 2
    assert [each["Version"] for each in api.list_versions_by_function(FunctionName=name)["Versions"]] == [
        "$LATEST", "1", "2"
    ]  # fmt: skip
    with pytest.raises(ClientError, match="in use by aliases"):
        api.delete_function(FunctionName=name, Qualifier="2")
    with pytest.raises(ClientError, match="RoutingConfig of an alias"):
        api.update_alias(FunctionName=name, Name="live", RoutingConfig={"AdditionalVersionWeights": {"1": 0.5}})
    api.delete_alias(FunctionName=name, Name="live")
    assert api.list_aliases(FunctionName=name)["Aliases"] == []


def test_none_at_all_may_run(functions: Functions) -> None:
    api, name = functions.api, functions.make(CODE)
    api.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    with pytest.raises(api.exceptions.TooManyRequestsException):
        functions.call(name)
    api.delete_function_concurrency(FunctionName=name)
    assert functions.call(name) == 1


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ({"Runtime": "java21"}, "does not support the runtime java21"),
        ({"Runtime": "python3.7"}, "python3.7 is no longer supported"),
        ({"PackageType": "Image"}, "does not support PackageType Image"),
        ({"Code": {"ImageUri": "x"}}, "container images"),
        ({"Code": {"ZipFile": b"no zip"}}, "Could not unzip uploaded file"),
        ({"Code": {"ZipFile": zipped({"../out.py": CODE})}}, "Could not unzip uploaded file"),
        ({"Code": {"S3Bucket": "nobody-has-this", "S3Key": "k"}}, "S3 Error Code: NoSuchBucket"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "Reserved keys used in this request: AWS_REGION"),
        ({"Role": f"arn:aws:iam::{ACCOUNT}:role/nobody"}, "cannot be assumed by Lambda"),
        ({"Layers": [f"arn:aws:lambda:us-east-1:{ACCOUNT}:layer:absent:1"]}, "does not exist"),
        (
            {"Layers": ["arn:aws:lambda:us-east-1:336392948345:layer:AWSSDKPandas:1"]},
            "does not support layers of other",
        ),
        ({"VpcConfig": {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}}, "EC2 Error Code: InvalidSubnetID"),
        ({"SnapStart": {"ApplyOn": "PublishedVersions"}}, "does not support SnapStart"),
        ({"KMSKeyArn": f"arn:aws:kms:us-east-1:{ACCOUNT}:key/x"}, "KMSKeyArn of CreateFunction"),
        ({"LoggingConfig": {"ApplicationLogLevel": "FATAL"}}, "cannot be set when LogFormat is Text"),
        ({"Timeout": 901}, "less than or equal to 900"),
    ],
)
def test_what_is_refused_when_one_is_made(functions: Functions, more: dict[str, Any], text: str) -> None:
    wanted: dict[str, Any] = {
        "FunctionName": "refused",
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": functions.role,
    }
    wanted["Code"] = {"ZipFile": zipped({"index.py": CODE})}
    with pytest.raises(ClientError, match=text):
        functions.api.create_function(**(wanted | more))
    assert "refused" not in [each["FunctionName"] for each in functions.api.list_functions()["Functions"]]


def test_machine_code_of_another_machine_is_refused(functions: Functions) -> None:
    elf = "\x7fELF" + "\0" * 14 + "\xf3\0"  # RISC-V
    with pytest.raises(ClientError, match=r"does not support machine code for an unknown machine .lib/x\.so"):
        functions.make({"index.py": CODE, "lib/x.so": elf.encode("latin-1").decode("latin-1")})


def test_operations_that_are_not_there_are_refused_by_name(functions: Functions) -> None:
    with pytest.raises(ClientError, match="does not support lambda CreateFunctionUrlConfig"):
        functions.api.create_function_url_config(FunctionName="f", AuthType="NONE")


def test_iam_decides_by_the_arns_of_functions_and_layers(functions: Functions) -> None:
    iam, world = functions.client("iam"), functions.world
    trust = trusting("lambda.amazonaws.com").replace('"Service": "lambda.amazonaws.com"', f'"AWS": "{ACCOUNT}"')
    role = iam.create_role(RoleName="narrow", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    arn = f"arn:aws:lambda:us-east-1:{ACCOUNT}"
    statements = [
        {"Effect": "Allow", "Action": "lambda:*", "Resource": [f"{arn}:function:narrow-*", f"{arn}:layer:narrow*"]},
        {"Effect": "Deny", "Action": "lambda:InvokeFunction", "Resource": f"{arn}:function:narrow-*:live"},
    ]

    def put(*more: dict[str, Any]) -> None:
        document = json.dumps({"Version": "2012-10-17", "Statement": [*statements, *more]})
        iam.put_role_policy(RoleName="narrow", PolicyName="p", PolicyDocument=document)

    put()
    api = world.client("lambda", account=ACCOUNT, region="us-east-1", role=role)
    wanted: dict[str, Any] = {
        "FunctionName": "narrow-f",
        "Runtime": "python3.12",
        "Handler": "index.handler",
        "Role": functions.role,
    }
    wanted["Code"] = {"ZipFile": zipped({"index.py": CODE})}
    with pytest.raises(ClientError, match="not authorized to perform: iam:PassRole"):
        api.create_function(**wanted)
    put({"Effect": "Allow", "Action": "iam:PassRole", "Resource": functions.role})
    api.create_function(**wanted)
    api.publish_version(FunctionName="narrow-f")
    api.create_alias(FunctionName="narrow-f", Name="live", FunctionVersion="1")
    assert api.invoke(FunctionName="narrow-f", InvocationType="DryRun")["StatusCode"] == 204
    layer = api.publish_layer_version(LayerName="narrow", Content={"ZipFile": zipped({"a": "b"})})["LayerVersionArn"]
    api.update_function_configuration(FunctionName="narrow-f", Layers=[layer])
    other = functions.make(CODE)
    denied: list[tuple[str, Any]] = [
        ("InvokeFunction", lambda: api.invoke(FunctionName="narrow-f:live", InvocationType="DryRun")),
        ("InvokeFunction", lambda: api.invoke(FunctionName=other, InvocationType="DryRun")),
        ("GetFunction", lambda: api.get_function(FunctionName=other)),
        ("DeleteFunction", lambda: api.delete_function(FunctionName=other)),
        ("AddPermission", lambda: api.add_permission(FunctionName=other, StatementId="s", Principal=ACCOUNT,
                                                     Action="lambda:InvokeFunction")),
        ("ListFunctions", api.list_functions),
        ("PublishLayerVersion", lambda: api.publish_layer_version(LayerName="wide", Content={"ZipFile": b"x"})),
        ("GetLayerVersion", lambda: api.get_layer_version(LayerName="wide", VersionNumber=1)),
        ("CreateEventSourceMapping", lambda: api.create_event_source_mapping(FunctionName="narrow-f")),
        ("TagResource", lambda: api.tag_resource(Resource=f"{arn}:function:{other}", Tags={"a": "b"})),
    ]  # fmt: skip
    for action, call in denied:
        with pytest.raises(ClientError, match=f"not authorized to perform: lambda:{action} on resource"):
            call()


def test_the_document_names_every_operation(functions: Functions) -> None:
    text = (Path(__file__).parents[3] / "docs" / "lambda-support.md").read_text()
    assert [name for name in functions.world.services.functions.operations() if name not in text] == []


def test_code_in_a_bucket_is_read_with_the_callers_permissions(functions: Functions) -> None:
    s3, iam = functions.client("s3"), functions.client("iam")
    s3.create_bucket(Bucket="packages-of-functions")
    s3.put_object(Bucket="packages-of-functions", Key="k.zip", Body=zipped({"index.py": CODE}))
    name = functions.make(CODE, FunctionName="from-s3")
    functions.api.update_function_code(FunctionName=name, S3Bucket="packages-of-functions", S3Key="k.zip")
    trust = trusting("lambda.amazonaws.com").replace('"Service": "lambda.amazonaws.com"', f'"AWS": "{ACCOUNT}"')
    role = almighty(iam, "deployer", trust)
    deny = '{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Action":"s3:GetObject","Resource":"*"}]}'
    iam.put_role_policy(RoleName="deployer", PolicyName="deny", PolicyDocument=deny)
    deployer = functions.world.client("lambda", account=ACCOUNT, region="us-east-1", role=role)
    with pytest.raises(ClientError, match="Your access has been denied by S3") as caught:
        deployer.update_function_code(FunctionName=name, S3Bucket="packages-of-functions", S3Key="k.zip")
    assert caught.value.response["Error"]["Code"] == "AccessDeniedException"


def test_a_log_in_json(functions: Functions) -> None:
    code = "def handler(event, context):\n    print('said')\n    print('{\"own\": 1}')\n"
    name = functions.make(
        code, Runtime="python3.14", LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "WARN"}
    )
    config = functions.api.get_function_configuration(FunctionName=name)["LoggingConfig"]
    assert (config["ApplicationLogLevel"], config["SystemLogLevel"]) == ("WARN", "INFO")
    functions.call(name)
    lines = functions.log(name).splitlines()
    assert {"said", '{"own": 1}'} <= set(lines), "what is printed stays as it is"
    assert json.loads(lines[-1])["type"] == "platform.report"
