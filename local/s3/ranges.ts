import { AwsError } from "../service";

/** Both ends are part of it. */
export interface ByteRange {
  readonly first: number;
  readonly last: number;
}

/**
 * What a Range header asks for. S3 ignores what is no single range, and then sends everything.
 *
 * @throws AwsError 416 InvalidRange where the object has none of it
 */
export function requestedRange(text: string | undefined, size: number): ByteRange | undefined {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(text ?? "") ?? [];
  if (from === undefined || to === undefined || (from === "" && to === "")) return undefined;
  if (from !== "" && to !== "" && Number(from) > Number(to)) return undefined;
  const first = from === "" ? Math.max(size - Number(to), 0) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(Number(to), size - 1);
  if (first > last || (from === "" && Number(to) === 0)) {
    throw new AwsError("InvalidRange", 416, "The requested range is not satisfiable", {
      RangeRequested: text ?? "",
      ActualObjectSize: size,
    });
  }
  return { first, last };
}
