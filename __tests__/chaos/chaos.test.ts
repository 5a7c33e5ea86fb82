import { runOrdeal } from "../../chaos/ordeal";
import { scenarios } from "../../chaos/scenario";

// The whole of it is `npm run chaos`.
test.each([
  ["twelve times", 12, false],
  ["twice, with its journal in S3", 2, true],
])(
  "a conversion that is killed %s, under faults, ends as one that was left in peace",
  async (_, kills, inS3) => {
    const seed = Date.now() % 1_000_000;
    const [scenario] = scenarios;
    const end = await runOrdeal({ scenario, seed, objects: 300, kills, inS3 });
    if (end.violations.length > 0) console.error(`seed ${seed}`, end.story.join("\n"));
    expect(end.violations).toEqual([]);
    expect(end.kills).toBeGreaterThan(0);
  },
  300_000,
);
