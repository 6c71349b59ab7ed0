// Calls a handler of Node.js as Lambda's runtime does: WORK, a directory with call.json and event, and TASK, the code.
// The answer goes to WORK/answer.json, `ready` is there once the handler was loaded.
// https://docs.aws.amazon.com/lambda/latest/dg/nodejs-handler.html
import fs from "node:fs";
import Module, { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import util from "node:util";

const [work, task] = process.argv.slice(2);
const call = JSON.parse(fs.readFileSync(path.join(work, "call.json"), "utf8"));

function write(level, given) {
  const levels = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];
  if (call.json) {
    if (levels.indexOf(level) < levels.indexOf(call.level)) return;
    const message = given.length === 1 && typeof given[0] === "object" ? given[0] : util.format(...given);
    const told = { timestamp: new Date().toISOString(), level, requestId: call.request, message };
    process.stdout.write(JSON.stringify(told) + "\n");
    return;
  }
  const text = util.format(...given).replaceAll("\n", "\r");
  process.stdout.write(`${new Date().toISOString()}\t${call.request}\t${level}\t${text}\n`);
}
const levels = { log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE" };
for (const [name, level] of Object.entries(levels)) console[name] = (...given) => write(level, given);

function refused(type, message) {
  return Object.assign(new Error(message), { name: type });
}

function told(error) {
  const thrown = error instanceof Error || (error && typeof error === "object" && "stack" in error);
  const made = thrown
    ? { errorType: error.name, errorMessage: error.message, trace: String(error.stack ?? "").split("\n") }
    : { errorType: typeof error, errorMessage: String(error), trace: [] };
  write("ERROR", ["Invoke Error \t" + JSON.stringify({ ...made, stack: made.trace })]);
  return made;
}

// Clients of the SDK that the function does not have are stood in for.
const standIn = createRequire(import.meta.url)("./aws_sdk.cjs");
const loaded = Module._load;
Module._load = function load(request, ...more) {
  try {
    return loaded.call(this, request, ...more);
  } catch (error) {
    const client = /^@aws-sdk\/client-([a-z0-9-]+)$/.exec(request);
    if (!client || error.code !== "MODULE_NOT_FOUND" || !error.message.includes(`'${request}'`)) throw error;
    return standIn(client[1], call.sdk);
  }
};

async function required(file) {
  try {
    return createRequire(path.join(task, "index.js"))(file);
  } catch (error) {
    const modern = error.code === "ERR_REQUIRE_ESM" || error.code === "ERR_REQUIRE_ASYNC_MODULE";
    if (modern || (error instanceof SyntaxError && /\b(import|export)\b/.test(error.message))) {
      return import(pathToFileURL(file));
    }
    throw error;
  }
}

async function load(name) {
  const folder = name.slice(0, name.lastIndexOf("/") + 1);
  const [module, ...members] = name.slice(folder.length).split(".");
  if (members.length === 0) throw refused("Runtime.MalformedHandlerName", "Bad handler");
  const names = ["", ".js", ".mjs", ".cjs"].map((end) => path.join(task, folder + module + end));
  const file = names.find((each) => fs.statSync(each, { throwIfNoEntry: false })?.isFile());
  if (!file) throw refused("Runtime.ImportModuleError", `Error: Cannot find module '${module}'`);
  let found;
  try {
    found = file.endsWith(".mjs") ? await import(pathToFileURL(file)) : await required(file);
  } catch (error) {
    if (error instanceof SyntaxError) throw refused("Runtime.UserCodeSyntaxError", `SyntaxError: ${error.message}`);
    if (error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND") {
      throw refused("Runtime.ImportModuleError", `Error: ${error.message.split("\n")[0]}`);
    }
    throw error;
  }
  const handler = members.reduce((part, member) => part?.[member], found)
    ?? members.reduce((part, member) => part?.[member], found.default);
  if (typeof handler !== "function") {
    throw refused("Runtime.HandlerNotFound", `${name} is undefined or not exported`);
  }
  return handler;
}

function called(handler, event) {
  return new Promise((resolve, reject) => {
    const end = Date.now() + call.timeout * 1000;
    let settle = () => resolve(null);
    const context = {
      awsRequestId: call.request, functionName: call.function, functionVersion: call.version,
      invokedFunctionArn: call.arn, memoryLimitInMB: String(call.memory), logGroupName: call.group,
      logStreamName: call.stream, clientContext: call.client, callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, end - Date.now()),
      done: (error, value) => callback(error, value),
      succeed: (value) => callback(null, value),
      fail: (error) => callback(error ?? new Error("failed")),
    };
    function callback(error, value) {
      settle = () => (error === null || error === undefined ? resolve(value ?? null) : reject(error));
      if (!context.callbackWaitsForEmptyEventLoop) settle();
    }
    process.once("beforeExit", () => settle());
    process.once("uncaughtException", reject);
    const returned = handler(event, context, callback);
    if (typeof returned?.then === "function") returned.then((value) => resolve(value ?? null), reject);
  });
}

async function answered() {
  try {
    let handler;
    try {
      handler = await load(call.handler);
    } finally {
      fs.writeFileSync(path.join(work, "ready"), "");
    }
    const text = fs.readFileSync(path.join(work, "event"), "utf8");
    return { result: JSON.stringify(await called(handler, JSON.parse(text || "{}"))) ?? "null" };
  } catch (error) {
    return { error: told(error) };
  }
}

const answer = await answered();
answer.memory = Math.round(process.memoryUsage().rss / 1048576);
fs.writeFileSync(path.join(work, "answer.part"), JSON.stringify(answer));
fs.renameSync(path.join(work, "answer.part"), path.join(work, "answer.json"));
process.stdout.write("", () => process.exit(0));
