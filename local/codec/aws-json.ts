import type { Target } from "../http/target";
import { AwsError, type HttpResponse } from "../service";
import { type Protocol, textOf, textResponse } from "./protocol";
import type { OperationShape, Shape } from "./schema";

const headersOf = (requestId: string): Record<string, string> => ({
  "content-type": "application/x-amz-json-1.1",
  "x-amzn-requestid": requestId,
});

/** The protocol of KMS: the operation is in `X-Amz-Target`, both bodies are JSON, and errors say their type. */
export function awsJson(targetPrefix: string, operations: ReadonlyMap<string, OperationShape>): Protocol {
  return {
    find({ headers }) {
      const [prefix, name] = (headers["x-amz-target"] ?? "").split(".");
      return prefix === targetPrefix && name !== undefined ? operations.get(name) : undefined;
    },
    read: readInput,
    write: (operation, output, requestId): HttpResponse =>
      textResponse(200, headersOf(requestId), JSON.stringify(toJson(operation.output, output))),
    refuse: (error, _target, requestId) =>
      textResponse(
        error.status,
        { ...headersOf(requestId), ...error.headers },
        JSON.stringify({ __type: error.code, message: error.message, ...error.fields }),
      ),
  };
}

const unreadable = (): AwsError =>
  new AwsError("SerializationException", 400, "The request body is not what the operation takes.");

function readInput({ input }: OperationShape, { body }: Target): Record<string, unknown> {
  let json: unknown;
  try {
    json = body.length === 0 ? {} : JSON.parse(textOf(body));
  } catch {
    throw unreadable();
  }
  const value = fromJson(input, json);
  if (!isObject(value)) throw unreadable();
  return value;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function fromJson(shape: Shape, json: unknown): unknown {
  if (json === null || json === undefined) return undefined;
  switch (shape.is) {
    case "structure": {
      if (!isObject(json)) throw unreadable();
      const entries = shape.members.map(({ name, shape }) => [name, fromJson(shape, json[name])] as const);
      return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
    }
    case "list":
      if (!Array.isArray(json)) throw unreadable();
      return json.map((item) => fromJson(shape.member.shape, item));
    case "map":
      if (!isObject(json)) throw unreadable();
      return Object.fromEntries(Object.entries(json).map(([key, item]) => [key, fromJson(shape.value.shape, item)]));
    case "blob":
      if (typeof json !== "string") throw unreadable();
      return new Uint8Array(Buffer.from(json, "base64"));
    case "timestamp":
      if (typeof json !== "number") throw unreadable();
      return new Date(json * 1000);
    case "document":
      return json;
    default:
      if (typeof json !== shape.is) throw unreadable();
      return json;
  }
}

function toJson(shape: Shape, value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString("base64");
  if (value instanceof Date) return value.getTime() / 1000;
  if (shape.is === "list" && Array.isArray(value)) return value.map((item) => toJson(shape.member.shape, item));
  if (shape.is === "structure" && isObject(value)) {
    return Object.fromEntries(shape.members.map(({ name, shape }) => [name, toJson(shape, value[name])]));
  }
  return value;
}
