import { EVERY_MS, watchTraits } from "../../scripts/commands/support/watch-traits";
import { CouldNotLook } from "../../src/checks/settings";
import type { BucketTraits } from "../../src/reencrypt/plan";

const traits: BucketTraits = { versioning: "Enabled", objectLock: true, defaultRetention: false };

/** A watch whose time is told to pass, of settings that are what `now` says. */
function watching() {
  const told: string[] = [];
  const world = { now: traits, told, fails: false, tick: async (): Promise<void> => undefined, ended: false };
  const watched = watchTraits({
    bucket: "acme-uploads",
    traits,
    read: async () => {
      if (world.fails) throw new CouldNotLook("s3://acme-uploads: s3:GetBucketVersioning is denied to this caller");
      return { ...world.now };
    },
    clock: {
      every: (milliseconds, call) => {
        expect(milliseconds).toBe(EVERY_MS);
        world.tick = call;
        return () => {
          world.ended = true;
        };
      },
    },
    notice: (message) => told.push(message),
  });
  return { world, watched };
}

test.each<[string, Partial<BucketTraits>, string]>([
  ["versioning is suspended", { versioning: "Suspended" }, "versioning Suspended, not Enabled"],
  ["new versions get a retention", { defaultRetention: true }, "default retention on, not off"],
  ["ACLs are turned on", { aclOwner: "id" }, "ACLs on, not off"],
])("a conversion is stopped once %s, and its user told why", async (_, change, words) => {
  const { world, watched } = watching();
  await world.tick();
  expect(watched.changed.aborted).toBe(false);
  world.now = { ...traits, ...change };
  await world.tick();
  await world.tick();
  expect(watched.changed.aborted).toBe(true);
  expect(world.told).toEqual([
    `The settings of s3://acme-uploads have changed: ${words}. So this run stops; the same command goes on by them.`,
  ]);
});

test("settings that cannot be read once are read again; at first they have to be", async () => {
  const { world, watched } = watching();
  world.fails = true;
  await expect(watched.look()).rejects.toThrow("s3:GetBucketVersioning is denied");
  await world.tick();
  expect(watched.changed.aborted).toBe(false);
  watched.end();
  expect(world.ended).toBe(true);
});
