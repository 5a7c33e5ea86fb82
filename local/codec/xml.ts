/** An element as it was read. Names are without their prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  /** The text right below it, whitespace included. */
  readonly text: string;
}

/** The text is not well-formed, or does what no request has a reason to do (document types, thousands of levels). */
export class XmlSyntaxError extends Error {}

const deepest = 64;
const entities: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

// Document types are not in the grammar, so that no entity can be declared, and none can expand.
const token =
  /<!\[CDATA\[([\s\S]*?)\]\]>|<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<\/([^\s<>/]+)\s*>|<([^\s<>/!?]+)((?:\s+[^\s=<>/]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/y;
const attribute = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

const localName = (name: string): string => name.slice(name.indexOf(":") + 1);

const unescaped = (text: string): string =>
  text
    .replace(/\r\n?/g, "\n")
    .replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([^;]*));?/g, (reference, hex, decimal, name) => {
      const code = hex ? Number.parseInt(hex, 16) : Number(decimal);
      const character = name === undefined ? code <= 0x10ffff && String.fromCodePoint(code) : entities[name];
      if (!character || !reference.endsWith(";")) throw new XmlSyntaxError(`${reference} stands for no character.`);
      return character;
    });

const attributesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(attribute)].map(([, name = "", double, single]) => [
      localName(name),
      unescaped(double ?? single ?? ""),
    ]),
  );

/** Reads one document. Throws XmlSyntaxError. */
export function readXml(document: string): XmlElement {
  interface Open {
    readonly tag: string;
    readonly attributes: Record<string, string>;
    readonly children: XmlElement[];
    text: string;
  }
  const outermost: Open = { tag: "", attributes: {}, children: [], text: "" };
  const open: Open[] = [outermost];
  const close = (element: Open): void => {
    const { tag, attributes, children, text } = element;
    (open.at(-1) ?? outermost).children.push({ name: localName(tag), attributes, children, text });
  };
  token.lastIndex = document.startsWith("\ufeff") ? 1 : 0;
  while (token.lastIndex < document.length) {
    const at = token.lastIndex;
    const found = token.exec(document);
    if (!found) throw new XmlSyntaxError(`Not well-formed at character ${at}.`);
    const [, data, end, start, attributes = "", empty, text] = found;
    const current = open.at(-1) ?? outermost;
    if (start !== undefined) {
      const element: Open = { tag: start, attributes: attributesOf(attributes), children: [], text: "" };
      if (empty) close(element);
      else if (open.push(element) > deepest) throw new XmlSyntaxError("Too many levels.");
    } else if (end !== undefined) {
      if (open.length === 1 || current.tag !== end) throw new XmlSyntaxError(`</${end}> closes nothing.`);
      open.pop();
      close(current);
    } else if (data !== undefined) current.text += data;
    else if (text !== undefined) current.text += unescaped(text);
  }
  const [root, ...more] = outermost.children;
  if (!root || more.length > 0 || open.length > 1 || outermost.text.trim() !== "") {
    throw new XmlSyntaxError("A document has exactly one root element.");
  }
  return root;
}

const references: Readonly<Record<string, string>> = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" };

const unfit = /[<>&"\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/;
const everyUnfit = new RegExp(unfit, "g");

/** Text for an element or an attribute. Characters that XML 1.0 cannot carry become references, as S3 writes them. */
export const escapeXml = (text: string): string =>
  unfit.test(text)
    ? text.replace(everyUnfit, (character) => references[character] ?? `&#x${character.charCodeAt(0).toString(16)};`)
    : text;

export const xmlDeclaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
