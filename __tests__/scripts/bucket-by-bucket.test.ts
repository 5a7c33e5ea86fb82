import { bucketByBucket } from "../../scripts/commands/support/bucket-by-bucket";
import { type ExitCode, Stop } from "../../scripts/commands/support/stop";

/** How the work on a bucket ends: with an exit code, or by an error. */
type End = ExitCode | Error;

async function work(ends: readonly End[], json = false) {
  const prepared = ends.map((end, index) => ({
    end,
    connection: {
      account: "111111111111",
      work: { bucket: `acme-${index}`, region: "eu-west-1", target: { algorithm: "AES256" } as const },
    },
  }));
  const begun: string[] = [];
  const [told, said]: [string[], string[]] = [[], []];
  const [stdout, stderr] = [process.stdout, process.stderr].map((stream) => jest.spyOn(stream, "write"));
  stdout?.mockImplementation((text) => told.push(String(text)) > 0);
  stderr?.mockImplementation((text) => said.push(String(text)) > 0);
  const run = async ({ end, connection }: (typeof prepared)[number]): Promise<ExitCode> => {
    begun.push(connection.work.bucket);
    if (end instanceof Error) throw end;
    return end;
  };
  try {
    const exitCode = await bucketByBucket({ command: "reencrypt", prepared, run, json });
    return { exitCode, begun, documents: told.map((text) => JSON.parse(text)), said: said.join("") };
  } finally {
    stdout?.mockRestore();
    stderr?.mockRestore();
  }
}

const inUse = new Stop("Another process is at work. Nothing was changed.", "Let it finish.");
const failed = new Stop("The job failed.", "Look at its role.", 1);

test.each<[string, readonly End[], ExitCode]>([
  ["all are done, but for what cannot be converted in one", [0, 3, 0], 3],
  ["the first one failed", [failed, 0, 0], 1],
  ["the second one failed", [0, failed, 3], 1],
  ["none was touched", [inUse, inUse], 2],
  ["one was not touched, and one is done", [inUse, 0], 1],
  ["one is done, but for some, and one was not touched", [3, inUse], 1],
  ["one failed, and one was not touched", [failed, inUse], 1],
])("each bucket has its turn, and the exit code tells of all: %s", async (_name, ends, exitCode) => {
  const done = await work(ends);
  expect(done.begun).toHaveLength(ends.length);
  expect(done.exitCode).toBe(exitCode);
});

test("what was interrupted begins no other bucket", async () => {
  expect(await work([failed, 130, 0])).toMatchObject({ exitCode: 130, begun: ["acme-0", "acme-1"] });
});

test("with --debug it is said where the error of a bucket comes from", async () => {
  process.argv.push("--debug");
  try {
    expect((await work([failed, 0])).said).toMatch(
      /^s3:\/\/acme-0: The job failed\.\nLook at its role\.\nError: .*\n +at /,
    );
  } finally {
    process.argv.pop();
  }
});

test("a bucket that ended by an error has it as its result, with what to do", async () => {
  const { said, documents } = await work([0, failed], true);
  expect(said).toBe("s3://acme-1: The job failed.\nLook at its role.\n");
  expect(documents).toEqual([
    {
      ...{ command: "reencrypt", bucket: "acme-1", region: "eu-west-1", account: "111111111111", exitCode: 1 },
      ...{ errors: ["The job failed."], remedy: "Look at its role." },
    },
  ]);
});

test("what was not foreseen ends the command", async () => {
  await expect(work([new TypeError("a mistake of ours"), 0])).rejects.toThrow("a mistake of ours");
});
