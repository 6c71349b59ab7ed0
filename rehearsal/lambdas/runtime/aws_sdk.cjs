// Stands in for the clients of the AWS SDK for JavaScript (@aws-sdk/client-NAME) where a function has none of its own.
// What a client is asked goes to boto3, in a process of its own, with the function's credentials.
// https://docs.aws.amazon.com/AWSJavaScriptSDK/v3/latest/
"use strict";
const { spawn } = require("node:child_process");

class ServiceException extends Error {
  constructor({ name, message, status, request }) {
    super(message);
    this.name = name;
    this.Code = name;
    this.$fault = status < 500 ? "client" : "server";
    this.$metadata = { httpStatusCode: status, requestId: request };
  }
}

function encoded(value) {
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (value instanceof Date) return { $date: value.toISOString() };
  if (Array.isArray(value)) return value.map(encoded);
  if (value === null || typeof value !== "object") return value;
  if (typeof value.pipe === "function") throw new Error("the stand-in of @aws-sdk takes no streams");
  const there = Object.entries(value).filter(([, part]) => part !== undefined);
  return Object.fromEntries(there.map(([name, part]) => [name, encoded(part)]));
}

function decoded(value, service) {
  if (Array.isArray(value)) return value.map((part) => decoded(part, service));
  if (value === null || typeof value !== "object") return value;
  if ("$date" in value) return new Date(value.$date);
  if ("$bytes" in value) {
    const bytes = Buffer.from(value.$bytes, "base64");
    const text = (encoding) => bytes.toString(encoding ?? "utf8");
    const stream = value.stream && service !== "lambda"; // whose payloads are bytes
    bytes.transformToString = stream ? async (encoding) => text(encoding) : text;
    bytes.transformToByteArray = async () => new Uint8Array(bytes);
    return bytes;
  }
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, decoded(part, service)]));
}

function run(asked, how) {
  return new Promise((resolve, reject) => {
    const environment = { ...process.env, PYTHONPATH: how.packages };
    const child = spawn(how.python, ["-s", "-S", "-B", how.program], { env: environment });
    const parts = { stdout: [], stderr: [] };
    for (const name of ["stdout", "stderr"]) child[name].on("data", (part) => parts[name].push(part));
    child.on("error", reject);
    child.on("close", (code) => {
      if (code !== 0) return reject(new Error(Buffer.concat(parts.stderr).toString()));
      const { error, answer } = JSON.parse(Buffer.concat(parts.stdout).toString());
      return error ? reject(new ServiceException(error)) : resolve(decoded(answer, asked.service));
    });
    child.stdin.end(JSON.stringify(asked));
  });
}

async function region(config) {
  return typeof config.region === "function" ? config.region() : config.region;
}

// The module of one service: clients, commands, waiters and paginators, whatever they are called.
module.exports = function standIn(service, how) {
  const ask = async (config, kind, operation, params) =>
    run({ service, kind, operation, params: encoded(params ?? {}), region: (await region(config)) ?? null }, how);

  class Client {
    constructor(config = {}) {
      this.config = config;
      this.middlewareStack = { add() {}, use() {}, addRelativeTo() {} };
      return new Proxy(this, {
        get: (client, name) => {
          if (name in client || typeof name !== "string" || name === "then") return client[name];
          const operation = name[0].toUpperCase() + name.slice(1);
          return (params, callback) => answered(ask(config, "call", operation, params), callback);
        },
      });
    }
    send(command, callback) {
      const last = typeof callback === "function" ? callback : undefined;
      return answered(ask(this.config, "call", command.constructor.operation, command.input), last);
    }
    destroy() {}
  }
  function answered(promise, callback) {
    if (!callback) return promise;
    promise.then((answer) => callback(null, answer), (error) => callback(error));
    return undefined;
  }
  function made(name) {
    if (name.endsWith("Command")) {
      return class { static operation = name.slice(0, -"Command".length); constructor(input) { this.input = input ?? {}; } };
    }
    if (name.startsWith("waitUntil")) {
      return async ({ client }, params) => {
        await ask(client.config, "wait", name.slice("waitUntil".length), params);
        return { state: "SUCCESS" };
      };
    }
    if (name.startsWith("paginate")) {
      return async function* pages({ client }, params) {
        yield* await ask(client.config, "pages", name.slice("paginate".length), params);
      };
    }
    if (/^[A-Z]/.test(name)) return name.endsWith("Exception") || name.endsWith("Error") ? ServiceException : Client;
    return undefined;
  }
  const known = new Map();
  return new Proxy({}, {
    get: (_, name) => {
      if (typeof name !== "string" || name === "then" || name === "__esModule") return undefined;
      if (!known.has(name)) known.set(name, made(name));
      return known.get(name);
    },
  });
};
