"""Layers at /opt, and handlers in Node.js."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from tests.emulator.lambdas.conftest import Functions, tail, zipped

ASYNC = """
const fs = require("fs");
exports.handler = async (event, context) => {
  console.log("hello", { from: context.functionName });
  return { event, layer: require("layered").name, file: fs.readFileSync("/opt/data.txt", "utf8") };
};
"""
CALLBACK = """
exports.handler = (event, context, callback) => {
  const left = context.getRemainingTimeInMillis() > 0;
  setTimeout(() => callback(event.fail ? new TypeError("no") : null, { left }), 5);
};
"""
MODULE = """
import path from "node:path";
export const handler = async (event) => path.basename("/a/" + event.name);
"""


def layer(functions: Functions, name: str, files: dict[str, str]) -> str:
    made = functions.api.publish_layer_version(LayerName=name, Content={"ZipFile": zipped(files)})
    return str(made["LayerVersionArn"])


def test_layers_are_at_opt_later_ones_over_earlier_ones(functions: Functions) -> None:
    first = layer(functions, "first", {"python/layered.py": "VALUE = 1\n", "data.txt": "first"})
    second = layer(functions, "second", {"data.txt": "second", "bin/tool": "x"})
    code = (
        "import layered\ndef handler(event, context):\n"
        "    return [layered.VALUE, layered.__file__, open('/opt/data.txt').read()]\n"
    )
    name = functions.make(code, Layers=[first, second])
    assert functions.call(name) == [1, "/opt/python/layered.py", "second"]
    functions.api.delete_layer_version(LayerName="first", VersionNumber=1)
    assert functions.call(name)[0] == 1, "a function keeps a layer that is deleted"
    with pytest.raises(ClientError, match="does not exist"):
        functions.api.update_function_configuration(FunctionName=name, Layers=[first])
    assert layer(functions, "first", {"python/layered.py": "VALUE = 2\n"}).endswith(":layer:first:2")
    versions = functions.api.list_layer_versions(LayerName="first")["LayerVersions"]
    assert [each["Version"] for each in versions] == [2]
    assert functions.api.get_layer_version_by_arn(Arn=second)["Version"] == 1


def test_a_handler_in_node(functions: Functions) -> None:
    files = {"nodejs/node_modules/layered/index.js": 'exports.name = "layered";\n', "data.txt": "data"}
    made = layer(functions, "node", files)
    name = functions.make({"index.js": ASYNC}, Runtime="nodejs22.x", Layers=[made], Timeout=10)
    answer = functions.answer(name, {"a": 1}, LogType="Tail")
    assert json.loads(answer["Payload"].read()) == {"event": {"a": 1}, "layer": "layered", "file": "data"}
    assert f"\tINFO\thello {{ from: '{name}' }}" in tail(answer)
    assert "(this machine's Node.js)" in tail(answer)


SDK = """
const { S3Client, GetObjectCommand, PutObjectCommand, paginateListObjectsV2 } = require("@aws-sdk/client-s3");
const { Lambda } = require("@aws-sdk/client-lambda");
exports.handler = async (event) => {
  if (event.add) return event.add + 1;
  const s3 = new S3Client({});
  const body = { Body: Buffer.from("bytes"), Tagging: undefined };
  await s3.send(new PutObjectCommand({ Bucket: event.bucket, Key: "k", ...body }));
  const found = await s3.send(new GetObjectCommand({ Bucket: event.bucket, Key: "k" }));
  const text = await found.Body.transformToString();
  const keys = [];
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: event.bucket })) {
    keys.push(...page.Contents.map((each) => [each.Key, each.LastModified instanceof Date]));
  }
  const own = process.env.AWS_LAMBDA_FUNCTION_NAME;
  const answer = await new Lambda({}).invoke({ FunctionName: own, Payload: '{"add": 1}' });
  let refused;
  try {
    await s3.send(new GetObjectCommand({ Bucket: event.bucket, Key: "absent" }));
  } catch (error) {
    refused = [error.name, error.$metadata.httpStatusCode];
  }
  return { text, keys, added: JSON.parse(Buffer.from(answer.Payload).toString()), refused };
};
"""


def test_the_sdk_is_stood_in_for_where_a_function_has_none(functions: Functions) -> None:
    functions.client("s3").create_bucket(Bucket="of-a-node-function")
    name = functions.make({"index.js": SDK}, Runtime="nodejs22.x", Timeout=30)
    assert functions.call(name, {"bucket": "of-a-node-function"}) == {
        "text": "bytes", "keys": [["k", True]], "added": 2, "refused": ["NoSuchKey", 404]
    }  # fmt: skip


@pytest.mark.parametrize(
    ("files", "event", "expected"),
    [
        ({"index.js": CALLBACK}, {}, {"left": True}),
        ({"index.js": CALLBACK}, {"fail": True}, ("TypeError", "no")),
        ({"index.mjs": MODULE}, {"name": "b"}, "b"),
        ({"index.js": "require('@aws-sdk/lib-storage');"}, {}, ("Runtime.ImportModuleError", "@aws-sdk/lib-storage")),
        ({"index.js": "exports.other = 1;"}, {}, ("Runtime.HandlerNotFound", "is undefined or not exported")),
    ],
)
def test_forms_of_handlers_in_node(
    functions: Functions, files: dict[str, str], event: object, expected: object
) -> None:
    found = functions.call(functions.make(files, Runtime="nodejs20.x", Timeout=10), event)
    if isinstance(expected, tuple):
        assert found["errorType"] == expected[0]
        assert expected[1] in found["errorMessage"]
    else:
        assert found == expected
