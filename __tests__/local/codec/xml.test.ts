import fc from "fast-check";
import { escapeXml, readXml, XmlSyntaxError } from "../../../local/codec/xml";

test("any text comes back from an element and from an attribute", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const { attributes, children } = readXml(
        `<?xml version="1.0"?><a x="${escapeXml(text)}"><b>${escapeXml(text)}</b></a>`,
      );
      expect(attributes["x"]).toBe(text);
      expect(children[0]?.text).toBe(text);
    }),
  );
});

test("characters that XML cannot carry are written as references, as S3 writes them", () => {
  expect(escapeXml('a\u0001<\r&"')).toBe("a&#x1;&lt;&#xd;&amp;&quot;");
});

test("prefixes, comments, CDATA and instructions are read past", () => {
  const root = readXml('\ufeff<?xml version="1.0"?><!-- <x> --><p:a xsi:type="T"><![CDATA[<&]]>&lt;<b/></p:a>\n');
  expect(root).toEqual({
    name: "a",
    attributes: { type: "T" },
    text: "<&<",
    children: [{ name: "b", attributes: {}, text: "", children: [] }],
  });
});

test.each([
  ["nothing", ""],
  ["an element that is not closed", "<a><b></b>"],
  ["elements that overlap", "<a><b></a></b>"],
  ["two roots", "<a/><b/>"],
  ["text outside of the root", "<a/>text"],
  ["an entity that nobody declared", "<a>&nbsp;</a>"],
  ["a bare ampersand", "<a>a & b</a>"],
  ["a document type, which could declare entities that expand", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'],
  ["a reference beyond Unicode", "<a>&#x110000;</a>"],
  ["thousands of levels", "<a>".repeat(5000) + "</a>".repeat(5000)],
])("%s is no document", (_, document) => {
  expect(() => readXml(document)).toThrow(XmlSyntaxError);
});

test("whatever the bytes are, they are read or refused, and nothing else happens", () => {
  const soup = fc.array(fc.constantFrom("<", ">", "/", "a", "&", "#", ";", "!", "[", "]", "-", '"', "=", " ", "?"), {
    maxLength: 60,
  });
  fc.assert(
    fc.property(soup, (pieces) => {
      try {
        readXml(pieces.join(""));
      } catch (error) {
        expect(error).toBeInstanceOf(XmlSyntaxError);
      }
    }),
  );
});
