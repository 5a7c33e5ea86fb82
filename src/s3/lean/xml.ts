import { isAscii } from "node:buffer";

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
const declaration =
  /<\?xml(?:[ \t\n]+(?:version|encoding|standalone)[ \t\n]*=[ \t\n]*(?:"[^"<]*"|'[^'<]*'))*[ \t\n]*\?>/y;
const encodingIn = /encoding[ \t\n]*=[ \t\n]*["']([^"']*)/;
const closing = /[ \t\n]*>/y;

const cdata = "<![CDATA[";

const slash = 0x2f;
const exclamation = 0x21;
const greater = 0x3e;

/**
 * One whole document. It is read to its last character before anything of it is believed, so that a body cut anywhere
 * is refused.
 *
 * A page is scanned at once when it has arrived, and not chunk by chunk: nothing of it may be used before its end, and
 * joining the chunks costs a fiftieth of the scan.
 *
 * @throws UnreadableXml for whatever is not well-formed, for what no answer of S3 has (a DOCTYPE, a processing
 *   instruction, text beside elements) and for another encoding than UTF-8
 */
export const readXml = (body: Uint8Array): XmlElement => new Scanner(decoded(body)).document();

const utf8 = new TextDecoder("utf-8", { fatal: true });

function decoded(body: Uint8Array): string {
  let text: string;
  try {
    // What is ASCII, as almost every answer is, takes a tenth of the time.
    text = isAscii(body)
      ? Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1")
      : utf8.decode(body);
  } catch {
    throw new UnreadableXml("the document is not UTF-8");
  }
  return text.includes("\r") ? text.replaceAll(/\r\n?/g, "\n") : text;
}

/** The same text, neither a part of another one nor put together of others. */
const flat = (text: string): string => Buffer.from(text).toString();

/** What is known of a tag without attributes, and what came with it last: a list repeats the same few a thousand times. */
class Tag {
  /** The first within an element of this name. */
  first: Tag | undefined;
  /** The one behind its end. */
  next: Tag | undefined;
  readonly opening: string;
  readonly closing: string;

  constructor(
    /** As it is written. */
    readonly qualified: string,
    /** Without its prefix. */
    readonly name: string,
  ) {
    this.opening = flat(`<${qualified}>`);
    this.closing = flat(`</${qualified}>`);
  }
}

/** Those that have been seen: S3 uses the same hundred or so again and again. */
const tags = new Map<string, Tag>();
const maxTags = 1000;

class Scanner {
  private at = 0;
  /** Of the element that ended last. */
  private last: Tag | undefined;

  constructor(private readonly text: string) {}

  document(): XmlElement {
    this.skipSpace();
    if (this.text.startsWith("<?", this.at)) this.skipDeclaration();
    this.skipComments();
    if (this.at === this.text.length) throw this.unreadable("no element");
    const root = this.element(1, undefined);
    this.skipComments();
    if (this.at !== this.text.length) throw this.unreadable("more than one element");
    return root;
  }

  /** From the first bracket of its tag to behind its end. The guess is tried first. */
  private element(depth: number, guess: Tag | undefined): XmlElement {
    if (depth > maxDepth) throw this.unreadable("too many elements within each other");
    const { text } = this;
    let tag = guess;
    if (tag && isAt(text, tag.opening, this.at)) {
      this.at += tag.opening.length;
    } else {
      tag = this.tagHere();
      if (text.charCodeAt(this.at) === greater) this.at += 1;
      else if (this.skip(attributes).endsWith("/>")) return this.ended(tag, nothing, "");
    }

    let children: XmlElement[] | undefined;
    let content = "";
    let last: Tag | undefined;
    for (;;) {
      const open = text.indexOf("<", this.at);
      if (open === -1) throw this.unreadable(`the document ends within ${tag.name}`);
      if (open > this.at) content += text.slice(this.at, open);
      this.at = open;
      switch (text.charCodeAt(open + 1)) {
        case slash:
          this.skipClosingTag(tag);
          if (!children) return this.ended(tag, nothing, content);
          if (!space.test(content)) throw this.unreadable(`text beside the elements of ${tag.name}`);
          return this.ended(tag, children, "");
        case exclamation:
          content += this.characterData();
          break;
        default:
          children ??= [];
          children.push(this.element(depth + 1, last ? last.next : tag.first));
          if (last) last.next = this.last;
          else tag.first = this.last;
          last = this.last;
      }
    }
  }

  private ended(tag: Tag, children: readonly XmlElement[], content: string): XmlElement {
    this.last = tag;
    return new XmlElement(tag.name, children, content);
  }

  /** The one that begins here, up to the end of its name. */
  private tagHere(): Tag {
    const { text } = this;
    const from = this.at + 1;
    let end = from;
    for (let c = text.charCodeAt(end); c > 0x20 && c !== slash && c !== greater; c = text.charCodeAt(end)) end += 1;
    const qualified = text.slice(from, end);
    this.at = end;
    const known = tags.get(qualified);
    if (known) return known;
    if (!tagName.test(qualified)) throw this.unreadable("a tag without a proper name");
    const own = flat(qualified); // a part of the document would keep all of it
    const tag = new Tag(own, own.slice(own.indexOf(":") + 1));
    if (tags.size === maxTags) tags.clear();
    tags.set(own, tag);
    return tag;
  }

  private skipClosingTag({ qualified, closing: whole }: Tag): void {
    if (isAt(this.text, whole, this.at)) {
      this.at += whole.length;
      return;
    }
    if (!this.text.startsWith(qualified, this.at + 2)) throw this.unreadable(`${qualified} is closed by another tag`);
    this.at += 2 + qualified.length;
    this.skip(closing);
  }

  /** A CDATA section, as text with its ampersands escaped; nothing for a comment. */
  private characterData(): string {
    if (this.skipComment()) return "";
    if (!this.text.startsWith(cdata, this.at)) throw this.unreadable("a declaration within an element");
    const from = this.at + cdata.length;
    this.skipPast("]]>", from);
    return this.text.slice(from, this.at - 3).replaceAll("&", "&amp;");
  }

  private skipComment(): boolean {
    if (!this.text.startsWith("<!--", this.at)) return false;
    this.skipPast("-->", this.at + 4);
    return true;
  }

  private skipComments(): void {
    do this.skipSpace();
    while (this.skipComment());
  }

  /** S3 sends white space while a long copy is under way. */
  private skipSpace(): void {
    const open = this.text.indexOf("<", this.at);
    const until = open === -1 ? this.text.length : open;
    if (!space.test(this.text.slice(this.at, until))) throw this.unreadable("text outside the document's element");
    this.at = until;
  }

  private skipDeclaration(): void {
    const encoding = encodingIn.exec(this.skip(declaration))?.[1] ?? "UTF-8";
    if (encoding.toUpperCase() !== "UTF-8") throw this.unreadable(`a document in ${encoding}`);
  }

  private skipPast(end: string, from: number): void {
    const found = this.text.indexOf(end, from);
    if (found === -1) throw this.unreadable(`the document ends before ${end}`);
    this.at = found + end.length;
  }

  private skip(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) throw this.unreadable("a tag that is none");
    this.at += found.length;
    return found;
  }

  private unreadable(why: string): UnreadableXml {
    return new UnreadableXml(`${why}, at character ${this.at}`);
  }
}

/** As `startsWith`, which takes twice as long for texts as short as a tag. */
function isAt(text: string, part: string, at: number): boolean {
  for (let index = 0; index < part.length; index++) {
    if (text.charCodeAt(at + index) !== part.charCodeAt(index)) return false;
  }
  return true;
}
