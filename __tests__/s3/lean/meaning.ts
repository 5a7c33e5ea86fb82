import type { XmlElement } from "../../../src/s3/lean/xml";

/** What a document means, whoever read it. */
export interface Meaning {
  readonly name: string;
  readonly text: string;
  readonly children: readonly Meaning[];
}

export const meaningOf = ({ name, text, children }: XmlElement): Meaning => ({
  name,
  text,
  children: children.map(meaningOf),
});
