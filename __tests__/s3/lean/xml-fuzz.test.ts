import fc from "fast-check";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { readXml, UnreadableXml } from "../../../src/s3/lean/xml";
import { type Meaning, meaningOf } from "./meaning";

const read = (document: string): Meaning => meaningOf(readXml(Buffer.from(document)));

/** Undefined where the reader refuses the document. */
function readOrRefused(document: string): Meaning | undefined {
  try {
    return read(document);
  } catch (error) {
    if (error instanceof UnreadableXml) return undefined;
    throw error;
  }
}

const oracle = new XMLParser({
  preserveOrder: true,
  removeNSPrefix: true,
  trimValues: false,
  parseTagValue: false,
  ignoreDeclaration: true,
  htmlEntities: true, // the parser's name for numeric ones as well
});

/** fast-xml-parser keeps text beside elements as elements of this name. */
const textName = "#text";

function oracleMeaning(document: string): Meaning {
  const roots = elementsOf(oracle.parse(document));
  const [root] = roots;
  if (!root || roots.length > 1) throw new Error(`fast-xml-parser sees ${roots.length} elements`);
  return root;
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function elementsOf(nodes: unknown): Meaning[] {
  if (!Array.isArray(nodes)) throw new Error("fast-xml-parser answers in another form");
  return nodes.flatMap((node: unknown) =>
    Object.entries(isRecord(node) ? node : {})
      .filter(([name]) => name !== textName && name !== ":@")
      .map(([name, within]) => {
        const children = elementsOf(within);
        return { name, children, text: children.length > 0 ? "" : textWithin(within) };
      }),
  );
}

const textWithin = (nodes: unknown): string =>
  Array.isArray(nodes) ? nodes.map((node: unknown) => (isRecord(node) ? (node[textName] ?? "") : "")).join("") : "";

const name = fc.constantFrom("Key", "ETag", "Contents", "Size", "Owner", "ID", "a", "x-y", "_z.1");
const prefix = fc.constantFrom("", "", "", "s3:", "ns0:");
const character = fc.oneof(
  fc.constantFrom(
    "<",
    ">",
    "&",
    '"',
    "'",
    "/",
    "]",
    "-",
    "!",
    "?",
    "+",
    "%",
    " ",
    "\t",
    "\n",
    "a",
    "0",
    "ü",
    "漢",
    "🐎",
  ),
  fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
);

interface Written {
  readonly xml: string;
  readonly text: string;
}

/** One character, in one of the ways to write it. */
const writtenCharacter: fc.Arbitrary<Written> = fc
  .record({ text: character, way: fc.constantFrom("plain", "plain", "decimal", "hexadecimal", "section") })
  .map(({ text, way }) => {
    const code = text.codePointAt(0) ?? 0;
    const named = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;", "'": "&apos;" }[text];
    switch (way) {
      case "decimal":
        return { text, xml: `&#${code};` };
      case "hexadecimal":
        return { text, xml: `&#x${code.toString(16)};` };
      case "section":
        return { text, xml: `<![CDATA[${text}]]>` };
      default:
        return { text, xml: named ?? text };
    }
  });

const invisible = fc.constantFrom("", "", "", "<!-- <b>1</b> & -->");
const gap = fc.constantFrom("", "", " ", "\n  ");
const attribute = fc.constantFrom(
  "",
  "",
  "",
  ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"',
  " xsi:type = 'a>b/>'",
);

interface Document {
  readonly xml: string;
  readonly meaning: Meaning;
}

const leaf: fc.Arbitrary<Document> = fc
  .record({
    name,
    prefix,
    attribute,
    gap,
    pieces: fc.array(fc.record({ written: writtenCharacter, invisible }), { maxLength: 8 }),
    closesItself: fc.boolean(),
  })
  .map(({ name, prefix, attribute, gap, pieces, closesItself }) => {
    const text = pieces.map(({ written }) => written.text).join("");
    const content = pieces.map(({ written, invisible }) => invisible + written.xml).join("");
    const tag = `${prefix}${name}${attribute}`;
    const xml =
      closesItself && pieces.length === 0 ? `<${tag}${gap}/>` : `<${tag}${gap}>${content}</${prefix}${name}${gap}>`;
    return { xml, meaning: { name, text, children: [] } };
  });

const element: fc.Arbitrary<Document> = fc.letrec<{ element: Document; branch: Document }>((tie) => ({
  element: fc.oneof({ maxDepth: 4, depthSize: "small" }, leaf, tie("branch")),
  branch: fc
    .record({
      name,
      prefix,
      attribute,
      within: fc.array(fc.record({ child: tie("element"), gap, invisible }), { minLength: 1, maxLength: 5 }),
    })
    .map(({ name, prefix, attribute, within }) => {
      const content = within.map(({ child, gap, invisible }) => gap + invisible + child.xml).join("");
      return {
        xml: `<${prefix}${name}${attribute}>${content}\n</${prefix}${name}>`,
        meaning: { name, text: "", children: within.map(({ child }) => child.meaning) },
      };
    }),
})).element;

const before = fc.constantFrom("", '<?xml version="1.0" encoding="UTF-8"?>\n', "\uFEFF", "<!-- a -->\n", "\n\n ");
const document = fc.record({ before, element }).map(({ before, element }) => ({
  xml: before + element.xml,
  meaning: element.meaning,
}));

test("a document means what it was written to mean, to us and to fast-xml-parser", () => {
  fc.assert(
    fc.property(document, ({ xml, meaning }) => {
      expect(read(xml)).toEqual(meaning);
      expect(oracleMeaning(xml)).toEqual(meaning);
    }),
    { numRuns: 300 },
  );
});

test("a document that is cut anywhere is refused", () => {
  fc.assert(
    fc.property(document, fc.nat(), ({ xml }, seed) => {
      expect(readOrRefused(xml.slice(0, seed % xml.length))).toBeUndefined();
    }),
    { numRuns: 600 },
  );
});

const fragment = fc.oneof(
  fc.constantFrom(..."<>&/!?[]-='\" ;#x\nA1:"),
  fc.constantFrom("<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "/>", "</", "&lt;", "&#60;", "<a>", "</a>", "<a/>"),
);

const mutation = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat({ max: 6 }),
  added: fc.oneof(fc.constant(""), fragment),
});

const mutated = fc
  .record({ document, mutations: fc.array(mutation, { minLength: 1, maxLength: 3 }) })
  .map(({ document, mutations }) =>
    mutations.reduce((xml, { at, removed, added }) => {
      const from = Math.floor(at * xml.length);
      return xml.slice(0, from) + added + xml.slice(from + removed);
    }, document.xml),
  );

test("a document that was damaged means the same to us as to fast-xml-parser, or is refused", () => {
  let understood = 0;
  fc.assert(
    fc.property(mutated, (xml) => {
      const meaning = readOrRefused(xml);
      if (meaning === undefined) return;
      understood += 1;
      expect(XMLValidator.validate(xml.trimStart())).toBe(true); // S3 itself sends white space before the declaration
      expect(meaning).toEqual(oracleMeaning(xml));
    }),
    { numRuns: 2000 },
  );
  expect(understood).toBeGreaterThan(50); // or nothing was compared
});
