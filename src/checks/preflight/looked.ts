import { CouldNotLook, codeOf } from "../settings";

/** What somebody looked at. `unseen` is never "not set": nothing may be concluded from it. */
export type Looked<T> =
  | { readonly is: "seen"; readonly value: T }
  | {
      readonly is: "unseen";
      /** The action that the caller needs, such as `s3:GetBucketPolicy`. */
      readonly permission: string;
      readonly why: string;
      /** True where the server does not have the operation at all. */
      readonly notThere: boolean;
    };

export const seen = <T>(value: T): Looked<T> => ({ is: "seen", value });

const deniedCodes = new Set(["AccessDenied", "AccessDeniedException", "AllAccessDisabled"]);

/** In S3 `NotImplemented`, in the AWS query protocol also `InvalidAction`. */
const missingCodes = new Set([
  "NotImplemented",
  "NotImplementedException",
  "InvalidAction",
  "UnknownOperationException",
]);

/**
 * Looks once.
 *
 * @param absent the codes that say that it was never set, and what that means
 */
export async function look<T>(
  permission: string,
  read: () => Promise<T>,
  absent?: { readonly codes: readonly string[]; readonly means: T },
): Promise<Looked<T>> {
  try {
    return seen(await read());
  } catch (error) {
    const code = codeOf(error);
    if (absent?.codes.includes(code)) return seen(absent.means);
    // The message names the request, which differs each time.
    const why = deniedCodes.has(code) ? "denied to this caller" : code;
    return { is: "unseen", permission, why, notThere: missingCodes.has(code) };
  }
}

/** One of the readers that a snapshot uses as well, which name the permission themselves. */
export async function shared<T>(permission: string, read: () => Promise<T>): Promise<Looked<T>> {
  try {
    return seen(await read());
  } catch (error) {
    if (!(error instanceof CouldNotLook)) throw error;
    const why = / is denied /.test(error.message) ? "denied to this caller" : error.message;
    return { is: "unseen", permission, why, notThere: false };
  }
}

/** Why nothing is known, with the permission that is missing. */
export const unseen = ({ permission, why }: Extract<Looked<unknown>, { is: "unseen" }>): string =>
  `${permission}: ${why}`;

/** The value, or nothing where it was not seen: `could-not-look` reports that, and a check has nothing to add. */
export const known = <T>(looked: Looked<T>): T | undefined => (looked.is === "seen" ? looked.value : undefined);
