import { isDeepStrictEqual } from "node:util";

/** The server answered, and not as the case says. */
export class Mismatch extends Error {}

const shown = (value: unknown): string =>
  JSON.stringify(value, (_, inner) => (inner === undefined ? null : inner)) ?? "undefined";

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);

/** Where `actual` differs from `expected`. Fields that `expected` does not name may be anything; `undefined` means absent. */
export function difference(actual: unknown, expected: unknown, path = ""): string | undefined {
  if (expected instanceof RegExp) {
    return expected.test(String(actual)) ? undefined : `${path || "it"} is ${shown(actual)}, not like ${expected}`;
  }
  if (isRecord(expected) && isRecord(actual)) {
    for (const [name, value] of Object.entries(expected)) {
      const found = difference(actual[name], value, path ? `${path}.${name}` : name);
      if (found) return found;
    }
    return undefined;
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    for (const [index, value] of expected.entries()) {
      const found = difference(actual[index], value, `${path}[${index}]`);
      if (found) return found;
    }
    return undefined;
  }
  return isDeepStrictEqual(actual, expected)
    ? undefined
    : `${path || "it"} is ${shown(actual)}, not ${shown(expected)}`;
}

/** Throws a Mismatch where `actual` is not at least `expected`. */
export function expectThat(actual: unknown, expected: unknown, what = ""): void {
  const found = difference(actual, expected);
  if (found) throw new Mismatch(what ? `${what}: ${found}` : found);
}

/** The answer, which has at least these fields. */
export async function answers<Answer>(call: Promise<Answer>, expected: object = {}): Promise<Answer> {
  const answer = await call;
  expectThat(answer, expected);
  return answer;
}

export interface Refusal {
  readonly status: number;
  /** Absent where the answer has no body, as for HEAD. */
  readonly code?: string;
  readonly message?: string | RegExp;
  /** What else the error says, by the names of its elements. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** The error that a call of the SDK ended with; `undefined` where it succeeded. */
export async function refusalOf(call: Promise<unknown>): Promise<Refusal | undefined> {
  try {
    await call;
    return undefined;
  } catch (error) {
    if (!(error instanceof Error) || !("$metadata" in error)) throw error;
    const { httpStatusCode } = error.$metadata as { httpStatusCode?: number };
    if (httpStatusCode === undefined) throw error;
    return { status: httpStatusCode, code: error.name, message: error.message, fields: { ...error } };
  }
}

/** Throws a Mismatch unless the call is refused so. `fields` are further elements of the error. */
export async function refuses(
  call: Promise<unknown>,
  status: number,
  code?: string,
  message?: string | RegExp,
  fields?: Readonly<Record<string, string>>,
): Promise<void> {
  const refusal = await refusalOf(call);
  if (!refusal) throw new Mismatch(`it succeeded, not ${status} ${code ?? ""}`);
  expectThat(refusal, { status, ...(code && { code }), ...(message && { message }), ...(fields && { fields }) });
}
