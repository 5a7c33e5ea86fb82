import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

const atRest = join(__dirname, "../../scripts/at-rest.cjs");

const frame = [
  "\x1b[31m╷\x1b[0m\x1b[0m",
  "\x1b[31m│\x1b[0m \x1b[0m\x1b[1m\x1b[31mError: \x1b[0m\x1b[0m\x1b[1mNo state\x1b[0m",
  "\x1b[31m│\x1b[0m \x1b[0m",
  "\x1b[31m│\x1b[0m \x1b[0mIt was never applied.",
  "\x1b[31m╵\x1b[0m\x1b[0m",
].join("\n");

test("what Terraform says of a stack that it knows nothing of is told without its colours", () => {
  const directory = mkdtempSync(join(tmpdir(), "at-rest-outputs-"));
  try {
    writeFileSync(
      join(directory, "fleet.yaml"),
      `state: { backend: local, directory: state }
accounts: [{ name: one, id: "111111111111", regions: { eu-west-1: { buckets: [{ name: acme-uploads }] } } }]
`,
    );
    mkdirSync(join(directory, "out", "stacks", "one-eu-west-1"), { recursive: true });
    const program = join(directory, "terraform");
    writeFileSync(program, `#!/bin/sh\ncat >&2 <<'END'\n${frame}\nEND\nexit 1\n`);
    chmodSync(program, 0o755);
    const parameters = ["outputs", "--fleet", join(directory, "fleet.yaml"), "--out-dir", join(directory, "out")];
    const env = { ...process.env, PATH: `${directory}${delimiter}${process.env["PATH"]}` };
    const told = spawnSync(process.execPath, [atRest, ...parameters], { env, encoding: "utf8" });
    expect(told.stderr).toContain("stacks/one-eu-west-1: No state It was never applied.");
    expect(told.status).toBe(2);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
