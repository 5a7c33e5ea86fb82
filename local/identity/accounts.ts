import { randomBytes, randomInt } from "node:crypto";
import type { AccessKey, Account, Entity, IdentityState } from "./state";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** `AROA` and 17 letters, as IAM makes them: User Guide, "Unique identifiers". */
export const uniqueId = (prefix: string, length = 17): string =>
  prefix + Array.from({ length }, () => letters[randomInt(letters.length)]).join("");

/** What a new user, group or role begins with. `path` has its slashes: `/` or `/team/`. */
export function newEntity(
  arnPrefix: string,
  given: { readonly name: string; readonly path: string; readonly idPrefix: string; readonly now: number },
): Entity {
  const { name, path, idPrefix, now } = given;
  return {
    name,
    path,
    arn: `${arnPrefix}${path}${name}`,
    id: uniqueId(idPrefix),
    createdAt: now,
    inline: new Map(),
    attached: new Set(),
  };
}

type Signer = AccessKey["caller"];

/** A key that signs for the caller: `AKIA...` for good, or `ASIA...` with a token until the session ends. */
export function issueAccessKey(state: IdentityState, caller: Signer, now: number, sessionEnds?: number): AccessKey {
  const key: AccessKey = {
    accessKeyId: uniqueId(sessionEnds === undefined ? "AKIA" : "ASIA", 16),
    secretAccessKey: randomBytes(30).toString("base64"),
    caller,
    createdAt: now,
    session:
      sessionEnds === undefined ? undefined : { token: randomBytes(192).toString("base64"), expiresAt: sessionEnds },
  };
  state.accessKeys.set(key.accessKeyId, key);
  return key;
}

export const rootOf = (state: IdentityState, account: string): Signer => ({
  is: "root",
  account,
  arn: `arn:${state.partition}:iam::${account}:root`,
  userId: account,
});

/**
 * Opens an account with an administrator.
 *
 * @param accountId 12 digits; an account that is there already only gets a further key
 * @returns an access key of its user `administrator`, who has AdministratorAccess
 */
export function addAccount(state: IdentityState, accountId: string, now = 0): AccessKey {
  if (!/^\d{12}$/.test(accountId)) throw new Error(`${accountId} is no account id: it has 12 digits`);
  const known = state.accounts.get(accountId);
  const account: Account = known ?? {
    id: accountId,
    ...{ users: new Map(), groups: new Map(), roles: new Map(), policies: new Map(), oidcProviders: new Map() },
  };
  state.accounts.set(accountId, account);
  const name = "administrator";
  const prefix = `arn:${state.partition}:iam::${accountId}:user`;
  const user = account.users.get(name) ?? {
    is: "user" as const,
    ...newEntity(prefix, { name, path: "/", idPrefix: "AIDA", now }),
    tags: new Map(),
  };
  user.attached.add(`arn:${state.partition}:iam::aws:policy/AdministratorAccess`);
  account.users.set(name, user);
  return issueAccessKey(state, { is: "user", account: accountId, arn: user.arn, userId: user.id, name }, now);
}

export type FoundAccessKey =
  | { readonly is: "found"; readonly key: AccessKey }
  | { readonly is: "unknown" | "expired" | "wrongToken" };

/** Whoever was deleted signs no more, even if the name was given to somebody new since. */
function exists(state: IdentityState, caller: Signer): boolean {
  const account = state.accounts.get(caller.account);
  if (caller.is === "root") return account !== undefined;
  if (caller.is === "user") return account?.users.get(caller.name)?.id === caller.userId;
  const role = account?.roles.get(caller.roleName);
  return role !== undefined && caller.userId.startsWith(`${role.id}:`);
}

/** The key that a signature names, with its secret and whom it signs for. `unknown` is InvalidAccessKeyId, `expired` ExpiredToken, `wrongToken` InvalidToken. */
export function findAccessKey(
  state: IdentityState,
  accessKeyId: string,
  sessionToken: string | undefined,
  now: number,
): FoundAccessKey {
  const key = state.accessKeys.get(accessKeyId);
  if (!key || !exists(state, key.caller)) return { is: "unknown" };
  if (key.session?.token !== sessionToken) return { is: "wrongToken" };
  return key.session && key.session.expiresAt <= now ? { is: "expired" } : { is: "found", key };
}
