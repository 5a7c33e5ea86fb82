import { connect } from "../../scripts/commands/support/connect";
import { bucketName, keyOf } from "../servers/keys";

/** What the process that lists tells of itself: without its start, and without what connecting took. */
export interface Listed {
  readonly keys: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

const limit = 1000;

/** Lists a bucket of so many keys through a store as a run opens it, in so many ranges at the same time. */
async function list(transport: "lean" | "sdk", keys: number, lanes: number): Promise<Listed> {
  const work = { bucket: bucketName, region: "us-east-1", target: { algorithm: "AES256" } } as const;
  const { store } = await connect(work, { concurrency: lanes, transport });
  const listRange = async (from: number, to: number): Promise<number> => {
    let after = from === 0 ? undefined : keyOf(from - 1);
    let count = 0;
    while (count < to - from) {
      const page = await store.list({ after, limit: Math.min(limit, to - from - count) });
      if (page.is !== "done") throw new Error(JSON.stringify(page));
      count += page.value.objects.length;
      after = page.value.objects.at(-1)?.key;
    }
    return count;
  };
  await listRange(0, Math.min(keys, 50_000)); // until the code is compiled
  const began = performance.now();
  const before = process.cpuUsage();
  const width = Math.ceil(keys / lanes);
  const ranges = Array.from({ length: lanes }, (_, lane) =>
    listRange(lane * width, Math.min((lane + 1) * width, keys)),
  );
  const counts = await Promise.all(ranges);
  const { user, system } = process.cpuUsage(before);
  const seconds = (performance.now() - began) / 1000;
  return { keys: counts.reduce((sum, count) => sum + count, 0), seconds, cpuSeconds: (user + system) / 1e6 };
}

const [transport, keys, lanes] = process.argv.slice(2);

list(transport === "sdk" ? "sdk" : "lean", Number(keys), Number(lanes)).then(
  (listed) => process.stdout.write(JSON.stringify(listed), () => process.exit()),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
