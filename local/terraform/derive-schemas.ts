import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { resources } from "./resources";
import type { Attribute, Block, NestedBlock, Schemas, Type } from "./schema";

// The bindings of @cdktf/provider-aws are generated from the schemas of hashicorp/aws, and keep all of them:
// a comment for each attribute says whether it is required, optional or computed, its getter and the table
// for HCL say the type. The TypeScript is in the inline source map of each module.

/** The schemas of the provider block and of every resource type that is implemented here. */
export function deriveSchemas(): Schemas {
  return {
    provider: schemaOf("provider"),
    resources: Object.fromEntries(
      Object.keys(resources).map((typeName) => [
        typeName,
        schemaOf(typeName.replace(/^aws_/, "").replaceAll("_", "-")),
      ]),
    ),
  };
}

interface Class {
  readonly base: string;
  readonly body: string;
}

/** What the bindings say of an argument where they write HCL. */
interface Argument {
  readonly isBlock: boolean;
  readonly kind: string;
  readonly storage: string;
}

const ELEMENTS: Readonly<Record<string, Type>> = {
  string: "string",
  number: "number",
  boolean: "bool",
  stringList: "string",
  numberList: "number",
  stringMap: "string",
  booleanMap: "bool",
};

const GETTERS: Readonly<Record<string, Type>> = {
  String: "string",
  Number: "number",
  Boolean: "bool",
  StringMap: ["map", "string"],
  BooleanMap: ["map", "bool"],
};

const LIST_GETTERS: Readonly<Record<string, Type>> = { List: "string", NumberList: "number" };

function schemaOf(module: string): Block {
  const source = sourceOf(module);
  const classes = new Map(
    [...source.matchAll(/^export class (\w+) extends cdktf\.(\w+) \{\n([\s\S]*?)^\}/gm)].map(
      ([, name = "", base = "", body = ""]): [string, Class] => [name, { base, body }],
    ),
  );
  const top = [...classes.values()].find(({ base }) => /^Terraform(Resource|Provider)$/.test(base));
  if (!top) throw new Error(`${module}: no class of a resource or provider`);
  return blockOfClass(top, argumentsIn(top.body));

  function blockOfClass({ base, body }: Class, written: Map<string, Argument>): Block {
    const attributes: Record<string, Attribute> = {};
    const blocks: Record<string, NestedBlock> = {};
    for (const part of body.split(/^ {2}\/\/ (?=\w+ - computed:)/m).slice(1)) {
      const [, name = "", computed, optional, required] =
        /^(\w+) - computed: (\w+), optional: (\w+), required: (\w+)/.exec(part) ?? [];
      if (base === "TerraformProvider" && name === "alias") continue; // For Terraform itself, not for the provider.
      const argument = written.get(name);
      if (argument?.isBlock) {
        blocks[name] = nestedBlock(argument, required === "true", /new (\w+)\(this, "\w+"/.exec(part)?.[1]);
        continue;
      }
      attributes[name] = {
        type: typeOfAttribute(part, argument) ?? fail(`${module}: the type of ${name} cannot be told`),
        ...(required === "true" && { required: true }),
        ...(optional === "true" && { optional: true }),
        ...(computed === "true" && { computed: true }),
      };
    }
    return { attributes, blocks };
  }

  function nestedBlock({ kind, storage }: Argument, required: boolean, holder: string | undefined): NestedBlock {
    const nesting = kind === "struct" ? "SINGLE" : kind === "set" ? "SET" : "LIST";
    const structure = storage.replace(/List$/, "");
    const reference = classes.get(`${structure}OutputReference`);
    return {
      nesting,
      min: required && nesting !== "SINGLE" ? 1 : 0,
      // Where there can be several, the bindings hold them in a list class.
      max: nesting !== "SINGLE" && holder?.endsWith("OutputReference") ? 1 : 0,
      block: reference ? blockOfClass(reference, argumentsOf(structure)) : optionalBlock(argumentsOf(structure)),
    };
  }

  /** The provider's nested blocks cannot be referred to, so there is no class; all that is in them is optional. */
  function optionalBlock(written: Map<string, Argument>): Block {
    const attributes = [...written].map(([name, argument]) => {
      const type = typeOfAttribute("", argument) ?? fail(`${module}: the type of ${name} cannot be told`);
      return [name, { type, optional: true }];
    });
    return { attributes: Object.fromEntries(attributes), blocks: {} };
  }

  function argumentsOf(structure: string): Map<string, Argument> {
    const name = `${structure.charAt(0).toLowerCase()}${structure.slice(1)}ToHclTerraform`;
    return argumentsIn(new RegExp(`^export function ${name}\\([\\s\\S]*?^\\}`, "m").exec(source)?.[0] ?? "");
  }
}

const argumentsIn = (text: string): Map<string, Argument> =>
  new Map(
    [
      ...text.matchAll(
        /^\s+(\w+): \{\s+value: .*\s+isBlock: (true|false),\s+type: "(\w+)",\s+storageClassType: "(\w+)",/gm,
      ),
    ].map(([, name = "", isBlock, kind = "", storage = ""]) => [name, { isBlock: isBlock === "true", kind, storage }]),
  );

/** `part` is the source of the attribute's members in its class. */
function typeOfAttribute(part: string, argument: Argument | undefined): Type | undefined {
  const map = /new cdktf\.(\w+Map)\(this/.exec(part);
  const getter = /return (cdktf\.Fn\.tolist\()?this\.get(\w+)Attribute\(/.exec(part);
  const listed = LIST_GETTERS[getter?.[2] ?? ""];
  // A set can only be indexed as a list, so its getter converts it.
  if (listed) return [getter?.[1] ? "set" : "list", listed];
  const type = GETTERS[map?.[1] ?? getter?.[2] ?? ""];
  if (type) return type;
  const element = ELEMENTS[argument?.storage ?? ""];
  if (!argument || !element) return undefined;
  const kind = argument.kind;
  return kind === "list" || kind === "set" || kind === "map" ? [kind, element] : element;
}

function sourceOf(module: string): string {
  const bindings = dirname(require.resolve("@cdktf/provider-aws/package.json"));
  const compiled = readFileSync(join(bindings, "lib", module, "index.js"), "utf8");
  const [, map] = /sourceMappingURL=data:application\/json;(?:charset=[^;]*;)?base64,(\S+)/.exec(compiled) ?? [];
  if (!map) throw new Error(`${module}: its bindings have no inline source map`);
  const { sourcesContent } = JSON.parse(Buffer.from(map, "base64").toString());
  return String(sourcesContent[0]);
}

function fail(message: string): never {
  throw new Error(message);
}

if (require.main === module) {
  writeFileSync(join(__dirname, "schemas.json"), JSON.stringify(deriveSchemas()));
}
