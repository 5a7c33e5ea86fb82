/** A field of S3's CSV files: in quotation marks where it has to be. */
const field = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

export const csvLine = (fields: readonly string[]): string => `${fields.map(field).join(",")}\n`;

/** Lines of fields. Quoted fields may hold commas, quotation marks and line ends. */
export function readCsv(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  let from = 0;
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/y;
  while (from < text.length) {
    pattern.lastIndex = from;
    const [whole, quoted, bare = "", end] = pattern.exec(text) ?? [];
    if (whole === undefined) throw new Error(`No CSV from character ${from} on.`);
    line.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    from += whole.length;
    if (end === ",") continue;
    lines.push(line);
    line = [];
  }
  if (line.length > 0) lines.push([...line, ""]); // the text ended with a comma
  return lines;
}

/** Keys in manifests and reports are URL-encoded: https://docs.aws.amazon.com/AmazonS3/latest/userguide/specify-batchjob-manifest.html */
export const encodeKey = (key: string): string => encodeURIComponent(key).replaceAll("%2F", "/");

export const decodeKey = (text: string): string => decodeURIComponent(text.replaceAll("+", " "));
