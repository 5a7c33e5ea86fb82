/** A setting could not be read, so nothing may be concluded from it. */
export class CouldNotLook extends Error {}

/** A number that an SDK client notes about its requests, if it came to that. `httpStatusCode`: somebody has answered. */
export function notedBySdk(error: unknown, name: "attempts" | "httpStatusCode"): number | undefined {
  const metadata: unknown = error instanceof Error ? Reflect.get(error, "$metadata") : undefined;
  const noted: unknown = typeof metadata === "object" && metadata !== null ? Reflect.get(metadata, name) : undefined;
  return typeof noted === "number" ? noted : undefined;
}

/** What an SDK client says, and how often it had asked before it gave up. */
export function toldBySdk(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const attempts = notedBySdk(error, "attempts") ?? 1;
  const times = attempts > 1 ? ` (asked ${attempts} times)` : "";
  return `${error.name}: ${error.message}${times}`;
}

/** AWS's code of an error, such as `AccessDenied`: the same each time, where a message names the request. */
export const codeOf = (error: unknown): string => (error instanceof Error ? error.name : String(error));

/**
 * Reads one setting of a bucket. Nothing if S3 answers with the code that says that it was never set; whatever else
 * goes wrong is no "not set".
 *
 * @throws CouldNotLook naming the permission, if that is what is missing
 */
export async function setting<T>(
  bucket: string,
  permission: string,
  read: () => Promise<T>,
  absentCode?: string,
): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    const code = codeOf(error);
    if (code === absentCode) return undefined;
    if (code === "AccessDenied") throw new CouldNotLook(`s3://${bucket}: ${permission} is denied to this caller`);
    throw new CouldNotLook(`s3://${bucket}: ${toldBySdk(error)}`);
  }
}
