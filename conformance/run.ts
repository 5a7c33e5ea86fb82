import { parseArgs } from "node:util";
import type { Area } from "./case";
import { areas } from "./cases";
import { givenServer } from "./given-server";
import { startLocal } from "./local-server";
import { type Column, matrix } from "./matrix";
import { startMoto } from "./moto-server";
import type { Server } from "./server";
import { runSuite } from "./suite";

const help = `Asks servers how far they behave as S3, KMS, STS and IAM do.

  npm run conformance -- [options]

  --endpoint-url U   ask this server instead of the local AWS and moto: https://s3.REGION.amazonaws.com is AWS itself.
                     It makes buckets, keys and roles whose names begin with "conformance-", and removes them:
                     use an account that has nothing else in it. Keys are deleted after seven days.
  --only PATTERN     only cases whose area, name or operations match this regular expression
  --without-moto     the local AWS alone
  --json             one JSON document instead of the matrix
  --help

Exit code 1 if the local AWS, or the server given, fails a case. moto is there to compare with.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      "endpoint-url": { type: "string" },
      only: { type: "string", default: "" },
      "without-moto": { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(help);
    return;
  }
  const asked = matching(new RegExp(values.only, "i"));
  const endpoint = values["endpoint-url"];
  const judged = await run(endpoint === undefined ? startLocal : async () => givenServer(endpoint), asked);
  const columns = [judged];
  if (endpoint === undefined && !values["without-moto"]) {
    columns.push(
      await run(startMoto, asked).catch((error: unknown) => ({ server: "moto", finished: { skipped: String(error) } })),
    );
  }
  process.stdout.write(values.json ? `${JSON.stringify(asData(columns), null, 2)}\n` : matrix(columns));
  if (!("skipped" in judged.finished) && judged.finished.some(({ result }) => result.is === "fail"))
    process.exitCode = 1;
}

async function run(start: () => Promise<Server>, asked: readonly Area[]): Promise<Column> {
  const server = await start();
  try {
    return { server: server.name, finished: await runSuite(server, asked) };
  } finally {
    await server.stop();
  }
}

const matching = (pattern: RegExp): Area[] =>
  areas.map((area) => ({
    ...area,
    cases: area.cases.filter((one) => [area.name, one.name, ...one.operations].some((text) => pattern.test(text))),
  }));

const asData = (columns: readonly Column[]): unknown =>
  columns.map(({ server, finished }) =>
    "skipped" in finished
      ? { server, ...finished }
      : {
          server,
          results: finished.map(({ area, case: { run: _, ...said }, result, left }) => ({
            area,
            ...said,
            result,
            left,
          })),
        },
  );

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${help}`);
  process.exitCode = 2;
});
