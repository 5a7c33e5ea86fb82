/** What every small file of a run says of itself: a later program may write another format. */
interface OfFormat {
  readonly format: 1;
}

/** A file of ours; nothing where it is none, or of another format. */
export function parseOfFormat<File extends OfFormat>(text: string): File | undefined {
  try {
    const file: File = JSON.parse(text);
    return file.format === 1 ? file : undefined;
  } catch {
    return undefined;
  }
}
