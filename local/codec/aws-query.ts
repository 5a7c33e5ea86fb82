import type { Target } from "../http/target";
import { AwsError, type HttpResponse } from "../service";
import { type Protocol, textOf, textResponse } from "./protocol";
import { remembered } from "./remembered";
import { NotOfType, readScalar } from "./scalar";
import type { Member, OperationShape, Shape, Structure } from "./schema";
import { escapeXml } from "./xml";
import { writeElement } from "./xml-shapes";

const headersOf = (requestId: string): Record<string, string> => ({
  "content-type": "text/xml",
  "x-amzn-requestid": requestId,
});

/** The protocol of STS and IAM: a form comes in, `Action` is the operation, XML goes out. */
export function awsQuery(namespace: string, operations: ReadonlyMap<string, OperationShape>): Protocol {
  return {
    find: (target) => operations.get(formOf(target).values.get("Action") ?? ""),
    read({ input }, target): Record<string, unknown> {
      return readStructure(input, formOf(target), "");
    },
    write: ({ name, output }, value, requestId): HttpResponse => {
      const result =
        output.members.length === 0 ? "" : writeElement(`${name}Result`, "", output, value, { milliseconds: false });
      return textResponse(
        200,
        headersOf(requestId),
        `<${name}Response xmlns="${namespace}">${result}<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata></${name}Response>`,
      );
    },
    refuse: (error, _target, requestId) =>
      textResponse(
        error.status,
        { ...headersOf(requestId), ...error.headers },
        `<ErrorResponse xmlns="${namespace}"><Error><Type>${error.status < 500 ? "Sender" : "Receiver"}</Type>` +
          `<Code>${escapeXml(error.code)}</Code><Message>${escapeXml(error.message)}</Message></Error>` +
          `<RequestId>${requestId}</RequestId></ErrorResponse>`,
      ),
  };
}

/** A form read once: looking through its pairs for each member would take their number squared. */
interface Form {
  /** The first value of each name. */
  readonly values: ReadonlyMap<string, string>;
  /** The names, and what they begin with up to a dot. */
  readonly places: ReadonlySet<string>;
}

/** Levels of names that any operation has. */
const deepest = 12;

const formOf = remembered(({ body, query, method }: Target): Form => {
  const values = new Map<string, string>();
  const places = new Set<string>();
  for (const [name, value] of method === "GET" ? query : new URLSearchParams(textOf(body))) {
    if (!values.has(name)) values.set(name, value);
    places.add(name);
    let dot = name.indexOf(".");
    for (let level = 0; dot >= 0 && level < deepest; level += 1) {
      places.add(name.slice(0, dot));
      dot = name.indexOf(".", dot + 1);
    }
  }
  return { values, places };
});

function readStructure(structure: Structure, form: Form, prefix: string): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const member of structure.members) {
    const item = readValue(member.shape, form, prefix + nameOf(member));
    if (item !== undefined) value[member.name] = item;
  }
  return value;
}

const nameOf = (member: Member): string => member.traits.xmlName ?? member.name;

const isThere = ({ places }: Form, name: string): boolean => places.has(name);

function readValue(shape: Shape, form: Form, name: string): unknown {
  if (shape.is === "structure") return isThere(form, name) ? readStructure(shape, form, `${name}.`) : undefined;
  if (shape.is === "list") return readList(shape.member, form, name);
  if (shape.is === "map") {
    const entries = readNumbered(form, `${name}.entry`, (at) => [
      form.values.get(`${at}.key`),
      readValue(shape.value.shape, form, `${at}.value`),
    ]);
    return entries && Object.fromEntries(entries);
  }
  const text = form.values.get(name);
  if (text === undefined) return undefined;
  try {
    return readScalar(shape, text);
  } catch (error) {
    if (!(error instanceof NotOfType)) throw error;
    throw new AwsError("MalformedInput", 400, `Unexpected value for ${name}`);
  }
}

function readList(member: Member, form: Form, name: string): unknown[] | undefined {
  if (form.values.get(name) === "") return []; // how an empty list is sent
  return readNumbered(form, `${name}.${nameOf(member)}`, (at) => readValue(member.shape, form, at));
}

function readNumbered<T>(form: Form, name: string, read: (at: string) => T): T[] | undefined {
  const items: T[] = [];
  while (isThere(form, `${name}.${items.length + 1}`)) items.push(read(`${name}.${items.length + 1}`));
  return items.length > 0 ? items : undefined;
}
