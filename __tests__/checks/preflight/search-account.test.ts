import { CreateUserCommand, DeleteRoleCommand, IAMClient } from "@aws-sdk/client-iam";
import type { FaultName } from "../../../local/faults/plan";
import { iamClient } from "../../../src/checks/preflight/iam-client";
import { ANSWERS_KEPT_MS, formatKept, type KeptAnswers, readKept } from "../../../src/checks/preflight/kept-answers";
import { principalsOf, type Search, searchAccount } from "../../../src/checks/preflight/search-account";
import { requestHandler } from "../../support/request-handler";
import { accountWithRoles, named, roleArn } from "./account-with-roles";
import { account } from "./arrange";
import { alone } from "./live-bucket";

// The search's own client asks the local IAM, whose answers come from AWS's documentation.

/** The same, and searches of the roles. */
async function accountWith(names: readonly string[]) {
  const world = await accountWithRoles(names);
  const search = (more: Partial<Search> = {}) =>
    searchAccount({
      ...{ client: world.client, place: { account, region: "eu-west-1", partition: "aws" } },
      ...{ principals: names.map(roleArn), buckets: ["acme-uploads"], ...alone(), ...more },
    });
  return { ...world, search };
}

/** Answers that are kept, as a file has them. */
function keptIn(file: { text: string }, now = Date.now()): KeptAnswers {
  const known = readKept(file.text, now);
  return {
    of: (question) => known.get(question),
    keep: (answer) => {
      file.text += formatKept(answer);
    },
  };
}

type Found = Awaited<ReturnType<typeof searchAccount>>;

/** `role-0 acme-uploads`: who reads what. */
const readers = (found: Found): string[] => {
  if (found.is !== "seen") throw new Error(`It is ${JSON.stringify(found)}.`);
  return [...found.value].flatMap(([arn, byBucket]) =>
    [...byBucket].flatMap(([bucket, { reads }]) => (reads ? [`${arn.split("/").at(-1)} ${bucket}`] : [])),
  );
};

test("an account with 1,500 roles is listed and asked about to its end, each role once", async () => {
  const names = named(1_500);
  const { client, gets, questions, count, search } = await accountWith(names);
  await gets("role-1499", "arn:aws:s3:::acme-uploads/*");
  await client.send(new CreateUserCommand({ UserName: "alice" }));
  const principals = await principalsOf(client);
  if (principals.is === "unseen") throw new Error(principals.why);
  expect([...principals.value].sort()).toEqual(
    [...names.map(roleArn), ...["administrator", "alice"].map((user) => `arn:aws:iam::${account}:user/${user}`)].sort(),
  );
  expect(count("ListRoles")).toBe(2);
  const told: string[] = [];
  const found = await search({
    principals: principals.value,
    told: ({ of, before, asked }) => told.push(`${before} ${asked} ${of}`),
  });
  expect(readers(found)).toEqual(["role-1499 acme-uploads", "administrator acme-uploads"]);
  expect(questions()).toBe(1_502);
  expect([told.at(0), told.at(-1), told.length]).toEqual(["0 0 1502", "0 1502 1502", 1_503]);
});

test("several buckets cost one question a role, and each is answered for by itself", async () => {
  const { gets, questions, search } = await accountWith(["both", "one", "none"]);
  await gets("both", "arn:aws:s3:::*");
  await gets("one", "arn:aws:s3:::acme-logs/*");
  const found = await search({ buckets: ["acme-uploads", "acme-logs"] });
  expect(readers(found)).toEqual(["both acme-uploads", "both acme-logs", "one acme-logs"]);
  expect(questions()).toBe(3);
});

test("more buckets than go into a request are asked about in several", async () => {
  const { gets, questions, search } = await accountWith(["reader"]);
  const buckets = Array.from({ length: 41 }, (_, number) => `acme-${number}`);
  await gets("reader", ["arn:aws:s3:::acme-19/*", "arn:aws:s3:::acme-20/*", "arn:aws:s3:::acme-40/*"]);
  expect(readers(await search({ buckets }))).toEqual(["reader acme-19", "reader acme-20", "reader acme-40"]);
  expect(questions()).toBe(3);
});

test("a bucket of several for which IAM did not answer by itself is asked about alone", async () => {
  const { aws, gets, questions, search } = await accountWith(["reader"]);
  await gets("reader", "arn:aws:s3:::acme-logs/*");
  const client = new IAMClient({
    ...{ region: "eu-west-1", credentials: aws.addAccount(account) },
    requestHandler: requestHandler(async (request) => {
      const { body, ...answer } = await aws.handle(request);
      const several = Buffer.from(request.body ?? []).includes("ResourceArns.member.2");
      const below = /<ResourceSpecificResults>.*?<\/ResourceSpecificResults>/gs;
      return { ...answer, body: several ? Buffer.from(Buffer.from(body).toString().replace(below, "")) : body };
    }),
  });
  expect(readers(await search({ client, buckets: ["acme-uploads", "acme-logs"] }))).toEqual(["reader acme-logs"]);
  expect(questions()).toBe(3);
});

/** A third of what IAM is asked fails so. */
const failing = (operation: string, fault: FaultName) => ({ seed: 5, rates: { [operation]: { [fault]: 0.33 } } });

test("no answer is lost where IAM throttles, however often", async () => {
  const { aws, client, gets, questions, search } = await accountWith(named(60));
  for (const name of named(60)) await gets(name, "*");
  aws.faults = failing("SimulatePrincipalPolicy", "throttling");
  expect(readers(await search())).toHaveLength(60);
  expect(questions()).toBeGreaterThan(60);
  aws.faults = { seed: 5, rates: { ListRoles: { throttling: 0.7 }, ListUsers: { throttling: 0.7 } } };
  expect(await principalsOf(client)).toMatchObject({ is: "seen", value: { length: 61 } });
});

test("the client limits its own rate, and tries more than once", async () => {
  const client = iamClient({ region: "eu-west-1" });
  expect(await client.config.retryStrategy()).toMatchObject({ mode: "adaptive" });
  expect(await client.config.maxAttempts()).toBe(10);
});

test("what IAM refuses ends the search with the permission that is missing, and what was answered is kept", async () => {
  const { aws, questions, search } = await accountWith(named(40));
  const file = { text: "" };
  const kept = keptIn(file);
  const answered = {
    ...kept,
    keep: (answer: Parameters<typeof kept.keep>[0]) => {
      kept.keep(answer);
      if (file.text.split("\n").length > 20) aws.faults = { rates: { SimulatePrincipalPolicy: { expiredToken: 1 } } };
    },
  };
  const found = await search({ kept: answered });
  expect(found).toEqual({
    is: "unseen",
    permission: "iam:SimulatePrincipalPolicy",
    why: "ExpiredToken",
    notThere: false,
  });
  const before = file.text.split("\n").length - 1;
  expect(before).toBeGreaterThanOrEqual(20);
  expect(questions()).toBeLessThan(40);

  aws.faults = undefined;
  const first = questions();
  expect(await search({ kept: keptIn(file) })).toMatchObject({ is: "seen", value: { size: 40 } });
  expect(questions() - first).toBe(40 - before);
});

describe("a search that was stopped", () => {
  const names = named(30);

  /** Stopped once so many were asked about. */
  async function stopped(after: number) {
    const world = await accountWith(names);
    for (const name of names) await world.gets(name, "arn:aws:s3:::*");
    const file = { text: "" };
    const controller = new AbortController();
    const told = ({ asked }: { readonly asked: number }) => {
      if (asked === after) controller.abort();
    };
    expect(await world.search({ kept: keptIn(file), stop: controller.signal, told })).toEqual({ is: "stopped" });
    const answered = file.text.split("\n").length - 1;
    expect(answered).toBeGreaterThanOrEqual(after);
    expect(answered).toBeLessThan(names.length);
    const asked = world.questions();
    return { ...world, file, answered, more: () => world.questions() - asked };
  }

  test("is gone on with, and asks those that are missing", async () => {
    const { search, file, answered, more } = await stopped(10);
    const told: object[] = [];
    const found = await search({ kept: keptIn(file), told: (standing) => told.push(standing) });
    expect(readers(found)).toEqual(names.map((name) => `${name} acme-uploads`));
    expect(more()).toBe(names.length - answered);
    expect(told.at(0)).toEqual({ of: 30, before: answered, asked: 0 });
    expect(await search({ kept: keptIn(file) })).toEqual(found);
    expect(more()).toBe(names.length - answered);
  });

  test("is begun anew after a day", async () => {
    const { search, file, more } = await stopped(10);
    await search({ kept: keptIn(file, Date.now() + ANSWERS_KEPT_MS + 60_000) });
    expect(more()).toBe(names.length);
  });

  test.each<[string, Partial<Search>, number]>([
    ["another bucket", { buckets: ["acme-logs"] }, 30],
    ["another Region", { place: { account, region: "us-east-1", partition: "aws" } }, 30],
  ])("says nothing of %s", async (_, other, asked) => {
    const { search, file, more } = await stopped(10);
    await search({ kept: keptIn(file), ...other });
    expect(more()).toBe(asked);
  });

  test("is asked of a further bucket alone where there is one", async () => {
    const { search, file, more } = await stopped(10);
    const found = await search({ kept: keptIn(file), buckets: ["acme-uploads", "acme-logs"] });
    expect(readers(found)).toHaveLength(60);
    expect(more()).toBe(names.length);
  });

  test("loses nothing but a line that was torn", async () => {
    const { search, file, answered, more } = await stopped(10);
    file.text = file.text.slice(0, -20);
    const found = await search({ kept: keptIn(file) });
    expect(readers(found)).toEqual(names.map((name) => `${name} acme-uploads`));
    expect(more()).toBe(names.length - answered + 1);
  });
});

test("a role that is deleted between the list and the question is left out", async () => {
  const { client, gets, search } = await accountWith(named(3));
  for (const name of ["role-0", "role-2"]) await gets(name, "*");
  await client.send(new DeleteRoleCommand({ RoleName: "role-1" }));
  const found = await search();
  expect(readers(found)).toEqual(["role-0 acme-uploads", "role-2 acme-uploads"]);
  expect(found).toMatchObject({ value: { size: 2 } });
});
