import { TextDecoder } from "node:util";

/** A text that is no CSV, or was cut. */
export class UnreadableCsv extends Error {}

export interface CsvRecord {
  readonly fields: readonly string[];
  /** On which the record begins, from 1 on. */
  readonly line: number;
}

/** Characters of a record: a key of 1,024 bytes takes 3,072. One that never ends is not read again with each chunk. */
const LONGEST = 64 * 1024;

/**
 * Reads CSV as S3 writes it: commas, quotation marks that are doubled inside, lines that end with LF or CRLF.
 *
 * One record at a time, however long the text is. A text without a line end at its end is whole; one that ends inside
 * quotation marks is not.
 *
 * @throws UnreadableCsv
 */
export async function* csvRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<CsvRecord> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let rest = "";
  let line = 1;
  for await (const chunk of chunks) {
    const text = rest + decode(decoder, chunk, line);
    const { records, used, lines } = wholeRecords(text, line);
    yield* records;
    rest = text.slice(used);
    line += lines;
    if (rest.length > LONGEST) throw new UnreadableCsv(`line ${line}: a record of more than ${LONGEST} characters`);
  }
  rest += decode(decoder, undefined, line);
  if (rest === "") return;
  const { records, used } = wholeRecords(`${rest}\n`, line);
  if (used !== rest.length + 1) throw new UnreadableCsv(`line ${line}: the text ends inside quotation marks`);
  yield* records;
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined, line: number): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch {
    throw new UnreadableCsv(`after line ${line}: this is no UTF-8`);
  }
}

/** A quoted field or a bare one, and what ends it. A CR belongs to a line end only if its LF is there. */
const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n)/y;

function wholeRecords(text: string, firstLine: number) {
  const records: CsvRecord[] = [];
  let fields: string[] = [];
  let used = 0;
  let lines = 0; // of what is used
  let inRecord = 0;
  field.lastIndex = 0;
  for (;;) {
    const at = field.lastIndex;
    const match = field.exec(text);
    if (!match) {
      checkRest(text, at, firstLine + lines);
      return { records, used, lines };
    }
    const [whole, quoted, bare = "", end] = match;
    fields.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    inRecord += countLines(whole);
    if (end === ",") continue;
    records.push({ fields, line: firstLine + lines });
    fields = [];
    used = field.lastIndex;
    lines += inRecord;
    inRecord = 0;
  }
}

const countLines = (text: string): number => text.split("\n").length - 1;

/** What is left may be the beginning of a field; anything else is no CSV. */
function checkRest(text: string, at: number, line: number): void {
  const rest = text.slice(at);
  const mayGoOn = /^(?:"(?:[^"]|"")*"?\r?|[^",\r\n]*\r?)$/.test(rest);
  if (!mayGoOn) throw new UnreadableCsv(`line ${line}: a quotation mark stands inside a field`);
}
