// The module cfn-response that AWS puts beside inline code: tells CloudFormation how a custom resource went.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/cfn-lambda-function-code-cfnresponsemodule.html
exports.SUCCESS = "SUCCESS";
exports.FAILED = "FAILED";

exports.send = function (event, context, status, data, physicalResourceId, noEcho) {
  const body = JSON.stringify({
    Status: status,
    Reason: `See the details in CloudWatch Log Stream: ${context.logStreamName}`,
    PhysicalResourceId: physicalResourceId || context.logStreamName,
    StackId: event.StackId,
    RequestId: event.RequestId,
    LogicalResourceId: event.LogicalResourceId,
    NoEcho: noEcho || false,
    Data: data,
  });
  const url = new URL(event.ResponseURL);
  const { request } = require(url.protocol === "http:" ? "http" : "https");
  const headers = { "content-type": "", "content-length": Buffer.byteLength(body) };
  const put = request(url, { method: "PUT", headers }, (answer) => {
    console.log(`Status code: ${answer.statusCode}`);
    answer.resume();
    context.done();
  });
  put.on("error", (error) => {
    console.log(`the answer could not be put: ${error}`);
    context.done();
  });
  put.end(body);
};
