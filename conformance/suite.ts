import { randomBytes } from "node:crypto";
import type { Area, Case } from "./case";
import { clientsOf } from "./clients";
import { Mismatch } from "./expect";
import type { Server } from "./server";
import { createWorld, deletionOf, type Sending, type Shared } from "./world";

export type Result =
  | { readonly is: "pass" }
  | { readonly is: "fail"; readonly because: string }
  | { readonly is: "not supported"; readonly because: string };

export interface Finished {
  readonly area: string;
  readonly case: Case;
  readonly result: Result;
  /** What could not be removed afterwards. */
  readonly left?: string;
}

/** Every name of a bucket, role and key description that the suite makes begins so, unless it is given another prefix. */
export const namePrefix = "conformance-";

/** Runs the cases against a server, some at once, and gives the results in the order of the cases. */
export async function runSuite(
  server: Server,
  areas: readonly Area[],
  prefix: string = namePrefix,
): Promise<Finished[]> {
  const cases = areas.flatMap(({ name, needs = [], cases }) =>
    cases.map((one) => ({ area: name, case: { ...one, needs: [...needs, ...(one.needs ?? [])] } })),
  );
  const usual = sending(server);
  const overTls = server.tlsUrl === undefined ? usual : sending({ ...server, url: server.tlsUrl });
  const { clients } = usual;
  const keys = new Map<string, Promise<string>>();
  const { Account: account = "" } = await clients.sts.getCallerIdentity({});
  const shared: Omit<Shared, keyof Sending> = {
    account,
    key: (which) => {
      const made =
        keys.get(which) ??
        clients.kms.createKey({ Description: `${prefix}${which}` }).then(({ KeyMetadata }) => KeyMetadata?.Arn ?? "");
      keys.set(which, made);
      return made;
    },
  };
  const finished: Finished[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    for (let index = next++; index < cases.length; index = next++) {
      const one = cases[index];
      if (!one) continue;
      const sender = one.case.needs.includes("tls") ? overTls : usual;
      finished[index] = { ...one, ...(await runCase({ ...shared, ...sender }, one.case, prefix)) };
    }
  };
  try {
    await Promise.all(Array.from({ length: server.atOnce }, work));
  } finally {
    // A key that could not be made failed the cases that asked for it.
    for (const key of await Promise.allSettled(keys.values())) {
      if (key.status === "fulfilled") await clients.kms.scheduleKeyDeletion(deletionOf(key.value));
    }
    for (const { clients, other } of new Set([usual, overTls])) {
      clients.destroy();
      other?.destroy();
    }
  }
  return finished;
}

/** The administrators of the server's accounts. */
const sending = (server: Server): Sending => ({
  server,
  clients: clientsOf(server, server.credentials),
  other: server.otherCredentials && clientsOf(server, server.otherCredentials),
});

async function runCase(
  shared: Shared,
  { needs = [], run }: Case,
  prefix: string,
): Promise<{ result: Result; left?: string }> {
  for (const need of needs) {
    const because = shared.server.lacks[need];
    if (because) return { result: { is: "not supported", because } };
  }
  const { world, cleanUp } = createWorld(shared, `${prefix}${randomBytes(4).toString("hex")}-`);
  const result = await within(longest, run(world)).then((): Result => ({ is: "pass" }), resultOf);
  if (needs.includes("throwAway")) return { result };
  const left = await within(longest, cleanUp()).then(() => undefined, messageOf);
  return { result, ...(left && { left }) };
}

/** No server may hold up the others' cases; AWS's own changes to roles take a while to be seen. */
const longest = 120_000;

async function within<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took longer than ${milliseconds} ms`)), milliseconds);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}

function resultOf(error: unknown): Result {
  const because = messageOf(error);
  const notImplemented = error instanceof Error && /NotImplemented|UnsupportedOperation/.test(error.name);
  return !(error instanceof Mismatch) && notImplemented ? { is: "not supported", because } : { is: "fail", because };
}

const messageOf = (error: unknown): string =>
  error instanceof Error ? `${error.name === "Error" ? "" : `${error.name}: `}${error.message}` : String(error);
