import { remembered } from "./remembered";
import { readScalar, writeScalar } from "./scalar";
import type { Member, Shape, Structure } from "./schema";
import { escapeXml, type XmlElement } from "./xml";

/** Well-formed, but not what the schema says. */
export class XmlSchemaError extends Error {}

export interface XmlStyle {
  /** S3 writes `2026-01-01T00:00:00.000Z`, IAM and STS leave the milliseconds out. */
  readonly milliseconds: boolean;
}

const elementName = (member: Member): string => member.traits.xmlName ?? member.name;

const inBody = ({ traits }: Member): boolean =>
  !traits.httpHeader && !traits.httpQuery && !traits.httpLabel && !traits.httpPrefixHeaders;

/** The members that the body carries. */
export const bodyMembers = remembered((structure: Structure): readonly Member[] => structure.members.filter(inBody));

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

type Write = (value: unknown, style: XmlStyle) => string;

interface Part {
  readonly name: string;
  /** The name of the attribute, if the member is one. */
  readonly attribute?: string;
  readonly write: Write;
}

// Worked out once, since a listing writes thousands of the same structure.
const partsOf = remembered((structure: Structure): readonly Part[] =>
  bodyMembers(structure).map((member) => {
    const { name, shape, traits } = member;
    const tag = elementName(member);
    if (!traits.xmlAttribute) return { name, write: writerOf(tag, member) };
    return { name, attribute: tag, write: (value) => escapeXml(writeScalar(shape, value, "date-time")) };
  }),
);

/** `<tag …>members</tag>`; members without a value are left out. */
export function writeElement(
  tag: string,
  attributes: string,
  structure: Structure,
  value: unknown,
  style: XmlStyle,
): string {
  if (!isObject(value)) return `<${tag}${attributes}/>`;
  let head = attributes;
  let body = "";
  for (const { name, attribute, write } of partsOf(structure)) {
    const item = value[name];
    if (item === undefined || item === null) continue;
    if (attribute !== undefined) head += ` ${attribute}="${write(item, style)}"`;
    else body += write(item, style);
  }
  return `<${tag}${head}>${body}</${tag}>`;
}

function writerOf(tag: string, { shape, traits }: Member): Write {
  if (shape.is === "list") {
    const flat = traits.xmlFlattened;
    const write = writerOf(flat ? tag : elementName(shape.member), shape.member);
    const items: Write = (value, style) =>
      (Array.isArray(value) ? value : []).map((item) => write(item, style)).join("");
    return flat ? items : (value, style) => `<${tag}>${items(value, style)}</${tag}>`;
  }
  if (shape.is === "structure") {
    const namespace = traits.xmlNamespace ? ` xmlns:${traits.xmlNamespace[0]}="${traits.xmlNamespace[1]}"` : "";
    return (value, style) => writeElement(tag, namespace, shape, value, style);
  }
  if (shape.is === "map") {
    const write = writerOf("value", shape.value);
    const entry = (key: string, text: string): string => `<entry><key>${escapeXml(key)}</key>${text}</entry>`;
    return (value, style) => {
      const entries = Object.entries(isObject(value) ? value : {}).map(([key, item]) => entry(key, write(item, style)));
      return `<${tag}>${entries.join("")}</${tag}>`;
    };
  }
  return (value, { milliseconds }) => {
    const text = writeScalar(shape, value, "date-time", milliseconds);
    return `<${tag}>${typeof value === "string" ? escapeXml(text) : text}</${tag}>`; // numbers and dates need no escape
  };
}

/** Reads a structure strictly, as S3 does: unknown and missing elements are XmlSchemaErrors. */
export function readElement(structure: Structure, element: XmlElement): Record<string, unknown> {
  const members = new Map(bodyMembers(structure).map((member) => [localElementName(member), member]));
  const lists = new Map<string, unknown[]>();
  const value: Record<string, unknown> = {};
  for (const child of element.children) {
    const member = members.get(child.name);
    if (!member || member.traits.xmlAttribute) throw new XmlSchemaError(`<${element.name}> has no <${child.name}>.`);
    if (member.shape.is === "list" && member.traits.xmlFlattened) {
      const list = lists.get(member.name) ?? [];
      list.push(readValue(member.shape.member.shape, child));
      lists.set(member.name, list);
      value[member.name] = list;
    } else if (member.name in value) throw new XmlSchemaError(`<${child.name}> is there twice.`);
    else value[member.name] = readValue(member.shape, child);
  }
  for (const [name, member] of members) {
    const attribute = member.traits.xmlAttribute ? element.attributes[name] : undefined;
    if (attribute !== undefined) value[member.name] = readScalar(member.shape, attribute);
    if (member.required && value[member.name] === undefined) {
      throw new XmlSchemaError(`<${element.name}> needs ${member.name}.`);
    }
  }
  return value;
}

const localElementName = (member: Member): string => elementName(member).replace(/^.*:/, "");

function readValue(shape: Shape, element: XmlElement): unknown {
  if (shape.is === "structure") return readElement(shape, element);
  if (shape.is === "list") {
    const { member } = shape;
    return element.children.map((child) => {
      if (child.name !== elementName(member)) throw new XmlSchemaError(`<${element.name}> has no <${child.name}>.`);
      return readValue(member.shape, child);
    });
  }
  if (element.children.length > 0) throw new XmlSchemaError(`<${element.name}> holds text, not elements.`);
  return readScalar(shape, element.text);
}
