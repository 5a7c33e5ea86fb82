/** A value of a configuration in Terraform's JSON syntax. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = { readonly [name: string]: Json };

/** Of `terraform providers schema -json`: which names are blocks, which JSON does not tell from attributes. */
export interface BlockSchema {
  readonly block_types?: Readonly<Record<string, { readonly block: BlockSchema }>>;
}
export interface Schemas {
  readonly provider: BlockSchema;
  readonly resources: Readonly<Record<string, BlockSchema>>;
}

interface ProviderSchemas {
  readonly provider_schemas?: Readonly<
    Record<
      string,
      {
        readonly provider: { readonly block: BlockSchema };
        readonly resource_schemas?: Readonly<Record<string, { readonly block: BlockSchema }>>;
      }
    >
  >;
}

/** @param answer of `terraform providers schema -json` in a directory that is initialised */
export function schemasIn(answer: string): Schemas {
  const { provider_schemas: all = {} }: ProviderSchemas = JSON.parse(answer);
  const aws = Object.entries(all).find(([name]) => name.endsWith("/hashicorp/aws"))?.[1];
  if (!aws) throw new Error("Terraform is not initialised with hashicorp/aws there.");
  const resources = Object.entries(aws.resource_schemas ?? {}).map(([type, { block }]) => [type, block] as const);
  return { provider: aws.provider.block, resources: Object.fromEntries(resources) };
}

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const blocksOf = (value: Json): readonly Json[] => (Array.isArray(value) ? value : [value]);

/** Where the interpolation that opens at `start` ends: quotes inside it may hold braces and further interpolations. */
function endOfInterpolation(text: string, start: number): number {
  const open: ("{" | '"')[] = ["{"];
  for (let at = start + 2; at < text.length; at++) {
    const [char, inner] = [text[at], open.at(-1)];
    if (inner === '"') {
      if (char === "\\") at++;
      else if (char === '"') open.pop();
      else if (/^[$%]\{/.test(text.slice(at, at + 2)) && text[at - 1] !== char) {
        open.push("{");
        at++;
      }
    } else if (char === '"') open.push('"');
    else if (char === "{") open.push("{");
    else if (char === "}" && open.pop() && open.length === 0) return at + 1;
  }
  throw new Error(`An interpolation does not end: ${text.slice(start)}`);
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** A string of the JSON syntax is a template, whose interpolations HCL takes as they are. */
export function template(text: string): string {
  if (text.startsWith("$" + "{") && endOfInterpolation(text, 0) === text.length) return text.slice(2, -1).trim();
  let hcl = "";
  for (let at = 0; at < text.length; ) {
    const literal = /^(?:\$\$\{|%%\{)/.exec(text.slice(at, at + 3))?.[0];
    const end = !literal && /^[$%]\{/.test(text.slice(at, at + 2)) ? endOfInterpolation(text, at) : undefined;
    const part = literal ?? text.slice(at, end ?? at + 1);
    hcl += end === undefined && !literal ? (escapes[part] ?? part) : part;
    at += part.length;
  }
  return `"${hcl}"`;
}

const quoted = (text: string): string => JSON.stringify(text);

/** @param string how strings are written: as templates, or as what they are */
function expression(value: Json, string: (text: string) => string = template): string {
  if (typeof value === "string") return string(value);
  if (Array.isArray(value)) return `[${value.map((item) => `\n${expression(item, string)},`).join("")}\n]`;
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value).map(([name, inner]) => `\n${quoted(name)} = ${expression(inner, string)}`);
  return `{${entries.join("")}\n}`;
}

const block = (head: string, lines: readonly string[]): string => `${head} {\n${lines.join("\n")}\n}`;

/** References, as in `depends_on`, are strings in JSON and none in HCL. */
const reference = (text: string): string => text;

const meta: Readonly<Record<string, (value: Json) => string>> = {
  lifecycle: (value) =>
    block(
      "lifecycle",
      Object.entries(isObject(value) ? value : {}).map(([name, inner]) => `${name} = ${expression(inner, reference)}`),
    ),
  depends_on: (value) => `depends_on = ${expression(value, reference)}`,
  provider: (value) => `provider = ${expression(value, reference)}`,
};

const withoutComments = (body: JsonObject): [string, Json][] => Object.entries(body).filter(([name]) => name !== "//");

function bodyLines(body: JsonObject, schema: BlockSchema | undefined): string[] {
  return withoutComments(body).flatMap(([name, value]) => {
    const nested = schema?.block_types?.[name];
    if (!nested) return [`${name} = ${expression(value)}`];
    return blocksOf(value)
      .filter(isObject)
      .map((inner) => block(name, bodyLines(inner, nested.block)));
  });
}

const resourceLines = (body: JsonObject, schema: BlockSchema): string[] =>
  withoutComments(body).flatMap(([name, value]) => meta[name]?.(value) ?? bodyLines({ [name]: value }, schema));

const labelled = (value: Json): [string, JsonObject][] =>
  Object.entries(isObject(value) ? value : {}).flatMap(([label, body]) =>
    blocksOf(body)
      .filter(isObject)
      .map((inner): [string, JsonObject] => [label, inner]),
  );

/** The backend is read before anything can be interpolated, so its strings are no templates. */
const terraformBlock = (value: Json): string =>
  block(
    "terraform",
    Object.entries(isObject(value) ? value : {}).flatMap(([name, inner]) => {
      if (name === "required_version") return [`required_version = ${expression(inner, quoted)}`];
      const lines = (body: JsonObject) =>
        Object.entries(body).map(([key, each]) => `${key} = ${expression(each, quoted)}`);
      if (name === "required_providers") return [block(name, lines(isObject(inner) ? inner : {}))];
      if (name === "backend") return labelled(inner).map(([type, body]) => block(`backend "${type}"`, lines(body)));
      throw new Error(`terraform.${name} is not understood.`);
    }),
  );

function resourceBlocks(value: Json, { resources }: Schemas): string[] {
  return Object.entries(isObject(value) ? value : {}).flatMap(([type, named]) => {
    const schema = resources[type];
    if (!schema) throw new Error(`The provider has no resource type ${type}.`);
    return labelled(named).map(([name, body]) => block(`resource "${type}" "${name}"`, resourceLines(body, schema)));
  });
}

/** Addresses of `import` and `removed` are references as well. */
const addressed = (kind: "import" | "removed", value: Json): string[] =>
  blocksOf(value)
    .filter(isObject)
    .map((body) =>
      block(
        kind,
        Object.entries(body).map(([name, inner]) =>
          name === "lifecycle"
            ? (meta["lifecycle"]?.(inner) ?? "")
            : `${name} = ${expression(inner, name === "id" ? template : reference)}`,
        ),
      ),
    );

const kinds: Readonly<Record<string, (value: Json, schemas: Schemas) => string[]>> = {
  terraform: (value) => [terraformBlock(value)],
  provider: (value, { provider }) =>
    labelled(value).map(([name, body]) => block(`provider "${name}"`, bodyLines(body, provider))),
  resource: resourceBlocks,
  output: (value) => labelled(value).map(([name, body]) => block(`output "${name}"`, bodyLines(body, undefined))),
  import: (value) => addressed("import", value),
  removed: (value) => addressed("removed", value),
};

/**
 * A synthesised stack, `cdk.tf.json`, as HCL. Not laid out: `terraform fmt` does that.
 *
 * cdktf 0.21 has an HCL output of its own, which leaves `import` and `removed` out and does not quote policies that name a
 * key, so its text is none that Terraform reads.
 *
 * @throws Error for what no stack of this project has
 */
export function toHcl(configuration: JsonObject, schemas: Schemas): string {
  return withoutComments(configuration)
    .flatMap(([name, value]) => {
      const blocks = kinds[name];
      if (!blocks) throw new Error(`${name} is not understood.`);
      return blocks(value, schemas);
    })
    .map((text) => `${text}\n`)
    .join("\n");
}
