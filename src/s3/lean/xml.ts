/** An answer that is no XML, or not the XML that was expected: what S3 meant is then unknown. */
export class UnreadableXml extends Error {
  override readonly name = "UnreadableXml";
}

/** Attributes are checked and left out: no answer of S3 needs one to be understood. */
export class XmlElement {
  constructor(
    /** Without its prefix. */
    readonly name: string,
    readonly children: readonly XmlElement[],
    private readonly escaped: string,
  ) {}

  /**
   * Everything between the tags of an element without children.
   *
   * @throws UnreadableXml for an entity that XML itself does not know
   */
  get text(): string {
    return this.escaped.includes("&") ? this.escaped.replaceAll(reference, unescaped) : this.escaped;
  }

  /** @throws UnreadableXml where there is more than one, since either could be meant */
  child(name: string): XmlElement | undefined {
    let found: XmlElement | undefined;
    for (const child of this.children) {
      if (child.name !== name) continue;
      if (found) throw new UnreadableXml(`${this.name} has more than one ${name}`);
      found = child;
    }
    return found;
  }

  textOf(name: string): string | undefined {
    return this.child(name)?.text;
  }

  /** @throws UnreadableXml where there is none */
  requiredText(name: string): string {
    const text = this.textOf(name);
    if (text === undefined) throw new UnreadableXml(`${this.name} has no ${name}`);
    return text;
  }

  childrenNamed(name: string): readonly XmlElement[] {
    return this.children.filter((child) => child.name === name);
  }
}

const reference = /&(?:#([0-9]+);|#x([0-9a-fA-F]+);|(lt|gt|amp|quot|apos);)?/g;
const named: Readonly<Record<string, string>> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };

function unescaped(whole: string, decimal?: string, hexadecimal?: string, name?: string): string {
  const known = name === undefined ? undefined : named[name];
  if (known !== undefined) return known;
  const code = decimal ? Number.parseInt(decimal, 10) : hexadecimal ? Number.parseInt(hexadecimal, 16) : Number.NaN;
  const isCharacter = code > 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (!isCharacter) throw new UnreadableXml(`${whole} stands for no character`);
  return String.fromCodePoint(code);
}

/** No answer of S3 is nested deeper than five. */
const maxDepth = 32;
const nothing: readonly XmlElement[] = [];
const space = /^[ \t\n]*$/;
const tagName = /^(?:[A-Za-z_][\w.-]*:)?[A-Za-z_][\w.-]*$/;
const attributes = /(?:[ \t\n]+[A-Za-z_][\w.:-]*[ \t\n]*=[ \t\n]*(?:"[^"<]*"|'[^'<]*'))*[ \t\n]*\/?>/y;
const closing = /[ \t\n]*>/y;

const slash = 0x2f;
const exclamation = 0x21;
const question = 0x3f;
const greater = 0x3e;

/**
 * One whole document. It is read to its last character before anything of it is believed, so that a body cut anywhere
 * is refused.
 *
 * A page is scanned at once when it has arrived, and not chunk by chunk: nothing of it may be used before its end, and
 * joining the chunks costs a fiftieth of the scan.
 *
 * @throws UnreadableXml for whatever is not well-formed, for a DOCTYPE and for text beside elements
 */
export function readXml(body: Uint8Array): XmlElement {
  const text = decoded(body);
  const localNames = new Map<string, string>();
  let at = 0;

  const unreadable = (why: string): UnreadableXml => new UnreadableXml(`${why} at character ${at}`);

  /** @returns where the text after `end` begins */
  const after = (end: string, from: number): number => {
    const found = text.indexOf(end, from);
    if (found === -1) throw unreadable(`the document ends before ${end}`);
    return found + end.length;
  };

  const skipped = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    if (found === undefined) throw unreadable("a tag that is none");
    at += found.length;
    return found;
  };

  const localName = (qualified: string): string => {
    const known = localNames.get(qualified);
    if (known !== undefined) return known;
    if (!tagName.test(qualified)) throw unreadable("a tag without a proper name");
    const local = qualified.slice(qualified.indexOf(":") + 1);
    localNames.set(qualified, local);
    return local;
  };

  /** Comments and processing instructions. */
  const skipMarkup = (): boolean => {
    if (text.startsWith("<!--", at)) at = after("-->", at + 4);
    else if (text.startsWith("<?", at)) at = after("?>", at + 2);
    else return false;
    return true;
  };

  /** `at` stands on the tag's first bracket, and behind the element's end afterwards. */
  const element = (depth: number): XmlElement => {
    if (depth > maxDepth) throw unreadable("too many elements within each other");
    let end = at + 1;
    for (let c = text.charCodeAt(end); c > 0x20 && c !== slash && c !== greater; c = text.charCodeAt(end)) end += 1;
    const qualified = text.slice(at + 1, end);
    const name = localName(qualified);
    at = end;
    if (text.charCodeAt(at) === greater) at += 1;
    else if (skipped(attributes).endsWith("/>")) return new XmlElement(name, nothing, "");

    let children: XmlElement[] | undefined;
    let content = "";
    for (;;) {
      const open = text.indexOf("<", at);
      if (open === -1) throw unreadable(`the document ends within ${name}`);
      if (open > at) content += text.slice(at, open);
      at = open;
      switch (text.charCodeAt(at + 1)) {
        case slash: {
          if (!text.startsWith(qualified, at + 2)) throw unreadable(`${name} is closed by another tag`);
          at += 2 + qualified.length;
          if (text.charCodeAt(at) === greater) at += 1;
          else skipped(closing);
          if (!children) return new XmlElement(name, nothing, content);
          if (!space.test(content)) throw unreadable(`text beside the elements of ${name}`);
          return new XmlElement(name, children, "");
        }
        case exclamation:
          if (text.startsWith("<![CDATA[", at)) {
            const from = at + 9;
            at = after("]]>", from);
            content += text.slice(from, at - 3).replaceAll("&", "&amp;");
            break;
          }
          if (!skipMarkup()) throw unreadable("a declaration within an element");
          break;
        case question:
          skipMarkup();
          break;
        default:
          children ??= [];
          children.push(element(depth + 1));
      }
    }
  };

  const skipMisc = (): void => {
    do {
      const open = text.indexOf("<", at);
      const until = open === -1 ? text.length : open;
      if (!space.test(text.slice(at, until))) throw unreadable("text outside the document's element");
      at = until;
    } while (skipMarkup());
  };

  skipMisc();
  if (at === text.length) throw unreadable("no element");
  const root = element(1);
  skipMisc();
  if (at !== text.length) throw unreadable("more than one element");
  return root;
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(body: Uint8Array): string {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch {
    throw new UnreadableXml("the document is not UTF-8");
  }
  return text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
}
