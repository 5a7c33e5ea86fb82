import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CreateRoleCommand, PutRolePolicyCommand } from "@aws-sdk/client-iam";
import { PutKeyPolicyCommand } from "@aws-sdk/client-kms";
import { CreateBucketCommand, PutBucketEncryptionCommand } from "@aws-sdk/client-s3";
import { SIMULATIONS_AT_ONCE } from "../../src/checks/preflight/iam-client";
import { preflightPath, reencryptionRoleName } from "../../src/fleet/names";
import { administer, policyOf } from "../checks/preflight/arrange";
import { type AtRestWorld, account, atRestWorld, bucket, ended, region } from "../support/at-rest-world";

const other = "acme-logs";
const kept = (): string => join(world.directory, ".at-rest", "_iam", `${account}-${region}.jsonl`);

let world: AtRestWorld;
beforeEach(async () => {
  world = await atRestWorld();
});
afterEach(() => world.close());

/** Two buckets under aws/s3 whose target key lets in named principals only, and roles that read one of them. */
async function leavingAwsManagedKey(roles: number): Promise<void> {
  const { s3, kms, iam, keyArn } = world;
  await s3.send(new CreateBucketCommand({ Bucket: other, CreateBucketConfiguration: { LocationConstraint: region } }));
  const Rules = [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: "aws:kms" } } as const];
  for (const Bucket of [bucket, other]) {
    await s3.send(new PutBucketEncryptionCommand({ Bucket, ServerSideEncryptionConfiguration: { Rules } }));
  }
  await kms.send(new PutKeyPolicyCommand({ KeyId: keyArn, Policy: JSON.stringify(policyOf(administer)) }));
  const may = (RoleName: string, Action: string | string[], Resource: string) => {
    const PolicyDocument = JSON.stringify(policyOf({ Effect: "Allow", Action, Resource }));
    return iam.send(new PutRolePolicyCommand({ RoleName, PolicyName: "more", PolicyDocument }));
  };
  await may(reencryptionRoleName(region), ["iam:ListRoles", "iam:ListUsers"], "*");
  const trust = policyOf({ Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" });
  for (let number = 0; number < roles; number++) {
    const RoleName = `reader-${number}`;
    await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(trust) }));
    await may(RoleName, "s3:GetObject", `arn:aws:s3:::${other}/*`);
  }
  world.fleet("prepare", {}, "", other);
}

/** Who is found to lose the bucket, by the name of the role. */
const losers = (document: string): string[] =>
  JSON.parse(document).findings.flatMap(({ id, evidence }: { id: string; evidence: string }) =>
    id === "principal-without-key" ? [evidence.replace(/^arn:\S*\/(\S+) .*$/, "$1")] : [],
  );

// Each test is several processes, one after the other.
jest.setTimeout(120_000);

test("who of an account loses a bucket is found for two buckets together, where IAM throttles too, and nothing stays behind", async () => {
  await leavingAwsManagedKey(6);
  world.aws.faults = { rates: { SimulatePrincipalPolicy: { throttling: 1 } } };
  void world.answered("SimulatePrincipalPolicy", 5).then(() => {
    world.aws.faults = undefined;
  });
  const { stdout, stderr, exitCode } = await world.atRest("preflight", "--json");
  const documents = stdout.trim().split("\n");
  expect(documents.map((one) => JSON.parse(one).bucket)).toEqual([bucket, other]);
  const readers = Array.from({ length: 6 }, (_, number) => `reader-${number}`);
  expect(documents.map(losers)).toEqual([[], readers]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.not.stringContaining("Interrupted") });
  expect(existsSync(kept())).toBe(false);
});

test("a search that is interrupted is gone on with by the same command, and the record is as without", async () => {
  await leavingAwsManagedKey(60);
  const asked = () => world.writes.filter((operation) => operation === "SimulatePrincipalPolicy").length;
  const child = world.start("preflight", "--json");
  const first = ended(child);
  await world.answered("SimulatePrincipalPolicy", 20);
  // Forty more, four at a time, are 20 s: it is not at its end before the signal comes.
  world.aws.faults = { rates: { SimulatePrincipalPolicy: { stallBefore: 1 } }, stallMilliseconds: 2_000 };
  child.kill("SIGINT");
  const { exitCode, stdout, stderr } = await first;
  expect({ exitCode, stdout }).toEqual({ exitCode: 130, stdout: "" });
  const [, told] =
    /^Interrupted: IAM was asked about (\d+) of 62 roles and users of account 111111111111\. The same command goes on from here\.$/m.exec(
      stderr,
    ) ?? [];
  const answers = readFileSync(kept(), "utf8").trim().split("\n").length;
  expect(Number(told)).toBe(answers);
  expect(answers).toBeGreaterThanOrEqual(19);
  expect(statSync(kept()).mode & 0o777).toBe(0o600);
  expect(statSync(join(kept(), "..")).mode & 0o777).toBe(0o700);
  const path = preflightPath(world.directory, account, region, other);
  expect(existsSync(path)).toBe(false);

  world.aws.faults = undefined;
  const from = asked();
  expect(await world.atRest("preflight")).toMatchObject({ exitCode: 1 });
  const second = asked() - from;
  const recorded = readFileSync(path, "utf8");
  expect(existsSync(kept())).toBe(false);
  expect((await world.atRest("preflight")).stderr.match(/as before/g)).toHaveLength(2);
  const missing = asked() - from - second - answers;
  // What the first process had under way is noted when it is over, which may be during one of the others.
  expect(Math.abs(second - missing)).toBeLessThanOrEqual(SIMULATIONS_AT_ONCE);
  expect(readFileSync(path, "utf8")).toBe(recorded);
});

test("where nothing can be kept, that is said and the search comes to its end", async () => {
  await leavingAwsManagedKey(1);
  writeFileSync(join(world.directory, ".at-rest"), "a file");
  const { exitCode, stdout, stderr } = await world.atRest("preflight", "--json");
  expect(stderr).toMatch(
    /_iam\/111111111111-eu-west-1\.jsonl cannot be used \(ENOTDIR\): a search that is interrupted/,
  );
  expect(exitCode).toBe(1);
  expect(stdout.trim().split("\n").map(losers)).toEqual([[], ["reader-0"]]);
});
