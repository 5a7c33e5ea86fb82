import type { Target } from "../http/target";
import { AwsError, type HttpResponse } from "../service";
import { fromMailSafe, mailSafe } from "./mail-safe";
import { type Protocol, textOf, textResponse } from "./protocol";
import { remembered } from "./remembered";
import { NotOfType, readScalar, writeScalar } from "./scalar";
import type { Member, OperationShape, Structure } from "./schema";
import { escapeXml, readXml, XmlSyntaxError, xmlDeclaration } from "./xml";
import { bodyMembers, readElement, writeElement, XmlSchemaError } from "./xml-shapes";

const namespace = "http://s3.amazonaws.com/doc/2006-03-01/";
const xml = { "content-type": "application/xml" };

/** Of XML and policies, in bytes: a thousand keys to delete or ten thousand parts to join need a quarter of it. */
const largestText = 8 * 1024 * 1024;

/** When a request is for this operation: all of it has to hold. */
interface Route {
  readonly operation: OperationShape;
  readonly method: string;
  readonly addresses: "service" | "bucket" | "key";
  readonly queries: readonly (readonly [name: string, value: string | undefined])[];
  readonly headers: readonly string[];
}

// Other endpoints' operations, which look like ListBuckets and PutObject on this one.
const elsewhere: ReadonlySet<string> = new Set(["ListDirectoryBuckets", "WriteGetObjectResponse"]);

function routeOf(operation: OperationShape): Route {
  const [method, uri] = operation.traits.http ?? ["", ""];
  const literals = [...new URLSearchParams(uri.split("?")[1])].filter(([name]) => name !== "x-id");
  const required = operation.input.members.filter((member) => member.required);
  const queries = required.flatMap(({ traits }) => (traits.httpQuery ? [[traits.httpQuery, undefined] as const] : []));
  const headers = required.flatMap(({ traits }) => (traits.httpHeader ? [traits.httpHeader.toLowerCase()] : []));
  const hasBucket = operation.input.members.some((member) => member.name === "Bucket");
  return {
    operation,
    method,
    addresses: uri.startsWith("/{Key+}") ? "key" : hasBucket ? "bucket" : "service",
    queries: [...literals.map(([name, value]) => [name, value || undefined] as const), ...queries],
    // A literal query names the operation; without one it is CopyObject's source header that does.
    headers: literals.length > 0 ? [] : headers,
  };
}

const groupOf = (method: string, addresses: Route["addresses"]): string => `${method} ${addresses}`;

const fits = (route: Route, { query, headers }: Target): boolean =>
  route.queries.every(([name, value]) => (value === undefined ? query.has(name) : query.get(name) === value)) &&
  route.headers.every((name) => headers[name] !== undefined);

const malformedXml = (code = "MalformedXML"): AwsError =>
  new AwsError(code, 400, "The XML you provided was not well-formed or did not validate against our published schema");

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The protocol of S3. */
export function restXml(operations: ReadonlyMap<string, OperationShape>): Protocol {
  const routes = [...operations.values()]
    .filter((operation) => !elsewhere.has(operation.name))
    .map(routeOf)
    .sort((a, b) => b.queries.length + b.headers.length - a.queries.length - a.headers.length);
  const grouped = new Map<string, Route[]>();
  for (const route of routes) {
    const name = groupOf(route.method, route.addresses);
    grouped.set(name, [...(grouped.get(name) ?? []), route]);
  }
  return {
    find(target) {
      const addresses = target.key !== undefined ? "key" : target.bucket !== undefined ? "bucket" : "service";
      const candidates = grouped.get(groupOf(target.method, addresses));
      return candidates?.find((route) => fits(route, target))?.operation;
    },
    read: readInput,
    write: writeOutput,
    refuse,
  };
}

type Read = (target: Target) => unknown;

const readersOf = remembered((structure: Structure) =>
  structure.members.map((member) => ({ name: member.name, read: readerOf(member) })),
);

export function readInput({ input }: OperationShape, target: Target): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const { name, read } of readersOf(input)) {
    const item = read(target);
    if (item !== undefined) value[name] = item;
  }
  return value;
}

const labels: Readonly<Record<string, Read>> = { Bucket: ({ bucket }) => bucket, Key: ({ key }) => key };

function readerOf(member: Member): Read {
  const { httpLabel, httpQuery, httpHeader, httpPrefixHeaders, httpPayload } = member.traits;
  if (httpLabel) return labels[member.name] ?? ((target) => target.labels?.[member.name]);
  if (httpQuery) {
    // An empty number in a query is none, as AWS was recorded to answer.
    const isNone = (text: string | null) => text === null || (text === "" && member.shape.is === "number");
    return ({ query }) => {
      const text = query.get(httpQuery);
      return isNone(text) ? undefined : readText(member, httpQuery, text ?? undefined);
    };
  }
  if (httpHeader) {
    const name = httpHeader.toLowerCase();
    return ({ headers }) => readText(member, httpHeader, headers[name]);
  }
  if (httpPrefixHeaders) return ({ headers }) => readPrefixed(httpPrefixHeaders, headers);
  return httpPayload ? ({ body }) => readPayload(member, body) : () => undefined;
}

function readText({ shape }: Member, where: string, text: string | undefined): unknown {
  if (text === undefined) return undefined;
  if (shape.is === "list") return text.split(",").map((item) => item.trim());
  try {
    return readScalar(shape, text);
  } catch (error) {
    if (!(error instanceof NotOfType)) throw error;
    // HTTP has recipients ignore dates that are none; S3 keeps an `Expires` that is none as it is.
    if (shape.is === "timestamp" && shape.format === "default") return undefined;
    const message = `Provided argument ${where} is not valid`;
    throw new AwsError("InvalidArgument", 400, message, { ArgumentName: where, ArgumentValue: text });
  }
}

const readPrefixed = (prefix: string, headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(headers)
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, text]) => [name.slice(prefix.length), fromMailSafe(text)]),
  );

function readPayload({ shape, traits, required }: Member, body: Uint8Array): unknown {
  if (shape.is === "blob") return body;
  if (body.length === 0) {
    // A bucket policy of no text is no policy, which its operation says.
    if (shape.is !== "structure") return required ? "" : undefined;
    if (required) throw new AwsError("MissingRequestBodyError", 400, "Request Body is empty");
    return undefined;
  }
  if (body.length > largestText) {
    const message = "Your request was too large.";
    throw new AwsError("MaxMessageLengthExceeded", 400, message, { MaxMessageLengthBytes: largestText });
  }
  const text = textOf(body);
  if (shape.is !== "structure") return text;
  return readStructure(shape, traits.xmlName ?? shape.name, text);
}

/** A body that is one element. @throws AwsError MalformedXML 400 */
export function readStructure(shape: Structure, expected: string, text: string): Record<string, unknown> {
  try {
    const root = readXml(text);
    if (root.name !== expected) throw new XmlSchemaError(`<${root.name}> is not <${expected}>.`);
    return readElement(shape, root);
  } catch (error) {
    if (error instanceof XmlSyntaxError || error instanceof XmlSchemaError || error instanceof NotOfType) {
      throw malformedXml(expected === "AccessControlPolicy" ? "MalformedACLError" : "MalformedXML");
    }
    throw error;
  }
}

export const requestHeaders = (requestId: string): Record<string, string> => ({
  "x-amz-request-id": requestId,
  "x-amz-id-2": hostId(requestId),
  server: "AmazonS3",
});
const hostId = (requestId: string): string => Buffer.from(`local/${requestId}`).toString("base64");

// Where S3 does not do what its model says: these have no content, and a part of an object is 206.
const noContent: ReadonlySet<string> = new Set(["PutBucketPolicy", "PutBucketTagging"]);

function writeOutput(
  { name, output, traits }: OperationShape,
  value: Readonly<Record<string, unknown>>,
  requestId: string,
): HttpResponse {
  const headers = requestHeaders(requestId);
  for (const { name, write } of headersOf(output)) write(headers, value[name]);
  const status = value["ContentRange"] === undefined ? (noContent.has(name) ? 204 : (traits.http?.[2] ?? 200)) : 206;
  const payload = output.members.find((member) => member.traits.httpPayload);
  if (payload) return writePayload(status, headers, payload, value[payload.name]);
  if (name === "HeadBucket") return textResponse(status, { ...headers, ...xml }, "");
  if (bodyMembers(output).length === 0) return textResponse(status, headers, "");
  const tag = output.traits.xmlName ?? output.name;
  return textResponse(status, { ...headers, ...xml }, xmlDeclaration + rootElement(tag, output, value));
}

interface HeaderMember {
  readonly name: string;
  write(headers: Record<string, string>, value: unknown): void;
}

const headersOf = remembered((output: Structure): readonly HeaderMember[] =>
  output.members.flatMap(({ name, traits: { httpHeader, httpPrefixHeaders }, shape }) => {
    if (httpPrefixHeaders) {
      const write: HeaderMember["write"] = (headers, value) => {
        for (const [name, text] of Object.entries(value ?? {}))
          headers[httpPrefixHeaders + name] = mailSafe(String(text));
      };
      return { name, write };
    }
    if (!httpHeader) return [];
    // The SDK's own name for an Expires that need not be a date.
    const header = httpHeader === "ExpiresString" ? "expires" : httpHeader.toLowerCase();
    const write: HeaderMember["write"] = (headers, value) => {
      if (value === undefined || value === null) return;
      headers[header] = Array.isArray(value) ? value.join(",") : writeScalar(shape, value, "http-date");
    };
    return { name, write };
  }),
);

function writePayload(
  status: number,
  headers: Record<string, string>,
  { traits, shape }: Member,
  value: unknown,
): HttpResponse {
  if (value instanceof Uint8Array) return { status, headers, body: value };
  if (value === undefined) return textResponse(status, headers, "");
  if (shape.is !== "structure")
    return textResponse(status, { "content-type": "application/json", ...headers }, String(value));
  const tag = traits.xmlName ?? shape.traits.xmlName ?? shape.name;
  return textResponse(status, { ...headers, ...xml }, xmlDeclaration + rootElement(tag, shape, value));
}

function rootElement(tag: string, structure: Structure, value: unknown): string {
  const xmlns = ` xmlns="${namespace}"`;
  // GetBucketLocation's one member is the root itself: <LocationConstraint>eu-west-1</LocationConstraint>.
  const [only, ...others] = bodyMembers(structure);
  if (only?.name === tag && others.length === 0 && isObject(value)) {
    return `<${tag}${xmlns}>${escapeXml(String(value[only.name] ?? ""))}</${tag}>`;
  }
  return writeElement(tag, xmlns, structure, value, { milliseconds: true });
}

function refuse(error: AwsError, { method }: Pick<Target, "method">, requestId: string): HttpResponse {
  const headers = { ...requestHeaders(requestId), ...error.headers };
  if (method === "HEAD" || error.status === 304) return textResponse(error.status, headers, "");
  const elements = Object.entries({
    Code: error.code,
    Message: error.message,
    ...error.fields,
    RequestId: requestId,
    HostId: hostId(requestId),
  }).map(([name, text]) => `<${name}>${escapeXml(String(text))}</${name}>`);
  return textResponse(error.status, { ...headers, ...xml }, `${xmlDeclaration}<Error>${elements.join("")}</Error>`);
}
