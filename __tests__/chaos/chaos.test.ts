import { runOrdeal } from "../../chaos/ordeal";
import { scenarios } from "../../chaos/scenario";

// The whole of it is `npm run chaos`.
test("a conversion that is killed twelve times, under faults, ends as one that was left in peace", async () => {
  const seed = Date.now() % 1_000_000;
  const [scenario] = scenarios;
  const end = await runOrdeal({ scenario, seed, objects: 300, kills: 12 });
  if (end.violations.length > 0) console.error(`seed ${seed}`, end.story.join("\n"));
  expect(end.violations).toEqual([]);
  expect(end.kills).toBeGreaterThan(0);
}, 300_000);
