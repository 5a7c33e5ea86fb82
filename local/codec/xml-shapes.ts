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
export const bodyMembers = (structure: Structure): readonly Member[] => structure.members.filter(inBody);

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

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
  for (const member of bodyMembers(structure)) {
    const item = value[member.name];
    if (item === undefined || item === null) continue;
    if (member.traits.xmlAttribute) {
      head += ` ${elementName(member)}="${escapeXml(writeScalar(member.shape, item, "date-time"))}"`;
    } else body += writeMember(member, item, style);
  }
  return `<${tag}${head}>${body}</${tag}>`;
}

function writeMember(member: Member, value: unknown, style: XmlStyle): string {
  const { shape } = member;
  const tag = elementName(member);
  if (shape.is === "list") {
    const flat = member.traits.xmlFlattened;
    const itemTag = flat ? tag : elementName(shape.member);
    const items = (Array.isArray(value) ? value : []).map((item) => writeValue(itemTag, shape.member, item, style));
    return flat ? items.join("") : `<${tag}>${items.join("")}</${tag}>`;
  }
  return writeValue(tag, member, value, style);
}

function writeValue(tag: string, { shape, traits }: Member, value: unknown, style: XmlStyle): string {
  const namespace = traits.xmlNamespace ? ` xmlns:${traits.xmlNamespace[0]}="${traits.xmlNamespace[1]}"` : "";
  if (shape.is === "structure") return writeElement(tag, namespace, shape, value, style);
  if (shape.is === "map") {
    const entries = Object.entries(isObject(value) ? value : {}).map(
      ([key, item]) => `<entry><key>${escapeXml(key)}</key>${writeValue("value", shape.value, item, style)}</entry>`,
    );
    return `<${tag}>${entries.join("")}</${tag}>`;
  }
  return `<${tag}>${escapeXml(writeScalar(shape, value, "date-time", style.milliseconds))}</${tag}>`;
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
