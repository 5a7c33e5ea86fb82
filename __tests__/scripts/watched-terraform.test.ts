import { watched } from "../../scripts/commands/support/watched-terraform";
import type { TerraformRun } from "../../src/rollout/terraform";

let said = "";
beforeEach(() => {
  said = "";
  jest.useFakeTimers();
  jest.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += text;
    return true;
  });
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

test("what Terraform is at work on is said every minute, each stack by itself, until it has ended", async () => {
  const ends: (() => void)[] = [];
  const fine: TerraformRun = { exitCode: 0, stdout: "", stderr: "" };
  const terraform = watched(() => new Promise((done) => ends.push(() => done(fine))));
  const first = terraform("cdktf.out/stacks/one-eu-west-1", ["plan", "-input=false"]);
  jest.advanceTimersByTime(59_999);
  expect(said).toBe("");
  const second = terraform("cdktf.out/stacks/two-eu-west-1", ["apply"]);
  jest.advanceTimersByTime(60_001);
  expect(said.split("\n")).toEqual([
    "one-eu-west-1: terraform plan has been at work for 1 min",
    "two-eu-west-1: terraform apply has been at work for 1 min",
    "one-eu-west-1: terraform plan has been at work for 2 min",
    "",
  ]);
  for (const end of ends) end();
  expect(await Promise.all([first, second])).toEqual([fine, fine]);
  said = "";
  jest.advanceTimersByTime(600_000);
  expect(said).toBe("");
});

test("a run that cannot be begun is watched no longer", async () => {
  const terraform = watched(() => Promise.reject(new Error("no")));
  await expect(terraform("cdktf.out/stacks/one-eu-west-1", ["plan"])).rejects.toThrow("no");
  expect(jest.getTimerCount()).toBe(0);
});
