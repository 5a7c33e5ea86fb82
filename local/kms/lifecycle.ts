import { randomBytes, randomUUID } from "node:crypto";
import type { Key, KmsState, Material } from "./state";

export const millisecondsPerDay = 86_400_000;

export const newMaterial = (since: number, because: Material["because"]): Material => ({
  id: randomBytes(32).toString("hex"),
  secret: randomBytes(32),
  since,
  because,
});

export interface NewKey {
  readonly partition: string;
  readonly account: string;
  readonly region: string;
  readonly now: number;
  readonly manager: Key["manager"];
  readonly description: string;
  readonly policy: string;
  readonly tags?: ReadonlyMap<string, string>;
}

export function addKey(state: KmsState, given: NewKey): Key {
  const { partition, account, region, now, manager, description, policy } = given;
  const id = randomUUID();
  const key: Key = {
    id,
    arn: `arn:${partition}:kms:${region}:${account}:key/${id}`,
    account,
    region,
    createdAt: now,
    manager,
    description,
    policy,
    status: { is: "enabled" },
    materials: [newMaterial(now, "created")],
    tags: new Map(given.tags),
    grants: new Map(),
  };
  state.keys.set(key.arn, key);
  return key;
}

/** A deleted key takes its aliases along; what it encrypted is lost. */
function remove(state: KmsState, key: Key): void {
  state.keys.delete(key.arn);
  for (const alias of state.aliases.values()) {
    if (alias.keyArn === key.arn) state.aliases.delete(alias.arn);
  }
}

/** Automatic rotations that have come due. Disabled keys and keys about to go are not rotated. */
function rotate(key: Key, now: number): void {
  while (key.rotation && key.status.is === "enabled" && key.rotation.next <= now) {
    const { periodInDays, next } = key.rotation;
    key.materials.push(newMaterial(next, "AUTOMATIC"));
    key.rotation = { periodInDays, next: next + periodInDays * millisecondsPerDay };
  }
}

/** Lets happen to all keys what happens by itself: called before anything looks at them, so that no timer is needed. */
export function catchUp(state: KmsState, now: number): void {
  for (const key of state.keys.values()) {
    if (key.status.is === "pendingDeletion" && key.status.deletionAt <= now) remove(state, key);
    else rotate(key, now);
  }
}
