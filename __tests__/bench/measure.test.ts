import { tmpdir } from "node:os";
import { measure } from "../../bench/measure";

const node = (script: string) => ({ program: process.execPath, parameters: ["-e", script] });

test("time, processor time and memory of a command are those of the command and of its children", async () => {
  const spin = "const end = process.cpuUsage().user + 300_000; while (process.cpuUsage().user < end);";
  const inChild = `require("node:child_process").spawnSync(process.execPath, ["-e", ${JSON.stringify(spin)}])`;
  const [idle, busy] = [await measure(node(""), tmpdir()), await measure(node(inChild), tmpdir())];
  expect(busy.cpuSeconds).toBeGreaterThan(0.3);
  expect(busy.seconds).toBeGreaterThan(0.3);
  expect(idle.peakBytes).toBeGreaterThan(10e6);
  const large = await measure(node("Buffer.alloc(200e6, 1)"), tmpdir());
  expect(large.peakBytes - idle.peakBytes).toBeGreaterThan(150e6);
});

test("how a command ended and what it said is told; it finds nothing of this user's settings", async () => {
  process.env["AWS_PROFILE"] = "production";
  try {
    const script = 'console.error(Object.keys(process.env).filter((name) => name.startsWith("AWS"))); process.exit(3)';
    const ended = await measure({ ...node(script), environment: { AWS_REGION: "here" } }, tmpdir());
    expect([ended.exitCode, ended.stderr]).toEqual([3, "[ 'AWS_REGION' ]\n"]);
  } finally {
    delete process.env["AWS_PROFILE"];
  }
});

test("a command that is not there is an error", async () => {
  await expect(measure({ program: "/no/such/program", parameters: [] }, tmpdir())).rejects.toThrow("/no/such/program");
});
