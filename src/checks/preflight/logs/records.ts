/** A record of a log, and its place in it, from 1. `null`: too long to be one, so it was not kept. */
export interface Piece {
  readonly text: string | null;
  readonly place: number;
}

/** CloudTrail's longest event is of 1 MB; a line of an access log has a key, a URI and two headers in it. */
const longest = 4 * 1024 * 1024;

/** What is left over when a chunk ends within a record: the memory that a file of any size takes. */
class Rest {
  #text = "";
  #tooLong = false;

  add(text: string): void {
    this.#tooLong ||= this.#text.length + text.length > longest;
    this.#text = this.#tooLong ? "" : this.#text + text;
  }

  get isEmpty(): boolean {
    return this.#text === "" && !this.#tooLong;
  }

  take(): string | null {
    const text = this.#tooLong ? null : this.#text;
    this.#text = "";
    this.#tooLong = false;
    return text;
  }
}

async function* decoded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** The lines of a file, without empty ones. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const rest = new Rest();
  let place = 0;
  for await (const text of decoded(chunks)) {
    const [first = "", ...others] = text.split("\n");
    rest.add(first);
    for (const other of others) {
      place += 1;
      if (!rest.isEmpty) yield { text: rest.take(), place };
      rest.add(other);
    }
  }
  if (!rest.isEmpty) yield { text: rest.take(), place: place + 1 };
}

/**
 * The objects of the list in `{"Records":[...]}`, without parsing the file as a whole.
 *
 * @throws Error where the file ends within a record or its list, or has no list
 */
export async function* jsonRecords(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const rest = new Rest();
  let depth = 0;
  let inString = false;
  let escaped = false;
  let place = 0;
  let within = false;
  let lists = 0;
  for await (const text of decoded(chunks)) {
    // Of the record that began in an earlier chunk, or in this one.
    let start = 0;
    const marks = /["\\{}[\]]/g;
    if (escaped && text !== "") {
      marks.lastIndex = 1;
      escaped = false;
    }
    for (let found = marks.exec(text); found !== null; found = marks.exec(text)) {
      const [mark] = found;
      if (inString) {
        if (mark === '"') inString = false;
        if (mark === "\\") {
          escaped = found.index + 1 === text.length;
          marks.lastIndex = found.index + 2;
        }
      } else if (mark === '"') {
        inString = true;
      } else if (mark === "{" || mark === "[") {
        depth += 1;
        if (mark === "[" && depth === 2) lists += 1;
        if (mark === "{" && depth === 3) {
          within = true;
          start = found.index;
        }
      } else if (mark === "}" || mark === "]") {
        depth -= 1;
        if (within && depth === 2) {
          within = false;
          place += 1;
          rest.add(text.slice(start, found.index + 1));
          yield { text: rest.take(), place };
        }
      }
    }
    if (within) rest.add(text.slice(start));
  }
  if (depth !== 0 || inString) throw new Error(`it ends within, after ${place} whole records`);
  if (lists === 0) throw new Error('it is no {"Records":[...]}');
}
