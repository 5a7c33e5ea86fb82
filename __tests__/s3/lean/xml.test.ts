import { readXml, UnreadableXml, type XmlElement } from "../../../src/s3/lean/xml";

const read = (text: string): XmlElement => readXml(Buffer.from(text));
const textOf = (text: string): string => read(text).text;

describe("the text of an element", () => {
  test.each([
    ["of no characters", "<a></a>", ""],
    ["of a tag that closes itself", "<a/>", ""],
    ["with named entities", "<a>&lt;&gt;&amp;&quot;&apos;</a>", "<>&\"'"],
    ["with decimal and hexadecimal entities", "<a>&#9;&#x1F40e;&#x1;</a>", "\t🐎\u0001"],
    ["that an entity makes look like another", "<a>&amp;lt;&#38;gt;</a>", "&lt;&gt;"],
    ["in a CDATA section", "<a>1<![CDATA[<b>&amp;</b>]]>2</a>", "1<b>&amp;</b>2"],
    ["in CDATA sections that split an end", "<a><![CDATA[]]]]><![CDATA[>]]></a>", "]]>"],
    ["around comments", "<a>1<!-- <b> & -->2<!---->3</a>", "123"],
    ["of white space alone", "<a> \t\n</a>", " \t\n"],
    ["with Windows line ends", "<a>1\r\n2\r3&#13;</a>", "1\n2\n3\r"],
    ["in many languages", "<a>ü漢🐎</a>", "ü漢🐎"],
    ["with a bracket that opens nothing", "<a>1 > 0</a>", "1 > 0"],
  ])("%s", (_, document, text) => {
    expect(textOf(document)).toBe(text);
  });
});

describe("around the element may stand", () => {
  test.each([
    ["a declaration", '<?xml version="1.0" encoding="UTF-8"?>\n<a>1</a>'],
    ["white space that kept a copy alive, before the declaration", ' \n \n<?xml version="1.0"?><a>1</a>'],
    ["white space that kept a copy alive, after the declaration", '<?xml version="1.0"?>\r\n   \r\n<a>1</a>'],
    ["a byte order mark", '\uFEFF<?xml version="1.0"?><a>1</a>'],
    ["comments and white space", "<!-- <b/> --><a>1</a>\n<!-- -->\n"],
  ])("%s", (_, document) => {
    expect(textOf(document)).toBe("1");
  });
});

describe("a tag", () => {
  test.each([
    ["with a default namespace", '<a xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><b>1</b></a>'],
    ["with prefixes", '<s3:a xmlns:s3="urn:1"><s3:b>1</s3:b></s3:a>'],
    ["with attributes", `<a><b xsi:type='Canonical>User' c = "/>" >1</b></a>`],
    ["with white space before its end", "<a ><b\n>1</b\t></a >"],
  ])("%s", (_, document) => {
    const root = read(document);
    expect([root.name, root.requiredText("b")]).toEqual(["a", "1"]);
  });
});

test("elements keep their order, and white space between them is no text", () => {
  const root = read("<a>\n <b>1</b>\n <c/>\n <b>2</b>\n</a>");
  expect(root.children.map(({ name, text }) => [name, text])).toEqual([
    ["b", "1"],
    ["c", ""],
    ["b", "2"],
  ]);
  expect(root.childrenNamed("b")).toHaveLength(2);
  expect(root.text).toBe("");
});

describe("refused is", () => {
  test.each([
    ["nothing", ""],
    ["white space alone", " \n "],
    ["a declaration alone", '<?xml version="1.0"?>\n'],
    ["text alone", "upstream connect error"],
    ["text before the element", "x<a/>"],
    ["text after the element", "<a/>x"],
    ["two elements", "<a/><b/>"],
    ["an element that does not end", "<a><b></b>"],
    ["a tag that does not end", "<a><b></b></a"],
    ["a tag that another closes", "<a><b></a></b>"],
    ["a tag that a longer one closes", "<a></ab>"],
    ["a tag that another prefix closes", "<p:a></q:a>"],
    ["a tag that closes what was never opened", "</a>"],
    ["a comment that does not end", "<a><!-- </a>"],
    ["a CDATA section that does not end", "<a><![CDATA[1]]</a>"],
    ["a DOCTYPE", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'],
    ["another encoding", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>"],
    ["a declaration that is none", '<?xml versi1.0" encoding="UTF-8"?>\n<a/>'],
    ["a declaration that comes second", '<!-- --><?xml version="1.0"?><a/>'],
    ["a processing instruction", "<a><?php <b/> ?></a>"],
    ["a declaration within an element", "<a><!ELEMENT b></a>"],
    ["text beside elements", "<a>1<b/></a>"],
    ["a CDATA section beside elements", "<a><b/><![CDATA[1]]></a>"],
    ["an attribute without a value", "<a b></a>"],
    ["an attribute without quotes", "<a b=c></a>"],
    ["attributes that touch", `<a b="1"c="2"></a>`],
    ["an attribute with a bracket", '<a b="<"></a>'],
    ["a tag without a name", "<a>< ></a>"],
    ["a name that is none", "<a><1/></a>"],
    ["HTML", "<html><body><p>Bad gateway<br></body></html>"],
    ["a hundred elements within each other", "<a>".repeat(100) + "</a>".repeat(100)],
  ])("%s", (_, document) => {
    expect(() => read(document)).toThrow(UnreadableXml);
  });

  test.each([
    "&nbsp;",
    "&",
    "& ",
    "&amp",
    "&#;",
    "&#x;",
    "&#xg;",
    "&#0;",
    "&#xD800;",
    "&#x110000;",
    "&#X41;",
    "&constructor;",
  ])("the entity %s", (entity) => {
    expect(() => textOf(`<a>${entity}</a>`)).toThrow(UnreadableXml);
  });

  test("what is not UTF-8", () => {
    expect(() => readXml(Buffer.from("<a>\u00fc</a>", "latin1"))).toThrow(UnreadableXml);
  });

  test("to choose between two elements of a name where one was expected", () => {
    expect(() => read("<a><b>1</b><b>2</b></a>").textOf("b")).toThrow("a has more than one b");
  });

  test("to make up an element that is missing", () => {
    expect(() => read("<a><c/></a>").requiredText("b")).toThrow("a has no b");
  });
});
