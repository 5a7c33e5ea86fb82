import { appendFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { answersFile } from "../../scripts/commands/support/kept-answers-file";
import { searchIam, searchLine } from "../../scripts/commands/support/search-iam";
import { accountWithRoles, named, roleArn } from "../checks/preflight/account-with-roles";
import { account, bucket, facts } from "../checks/preflight/arrange";
import { temporaryDirectory } from "../support/temporary-directory";

test("buckets of several Regions of an account have a list of its roles and users, and a question each for their Region", async () => {
  const { client, gets, count, questions } = await accountWithRoles(named(2));
  await gets("role-0", "arn:aws:s3:::acme-logs/*");
  const regions = ["eu-west-1", "us-east-1"];
  const askings = regions.flatMap((region) =>
    ["acme-uploads", "acme-logs"].map((name) => {
      return { iam: client, intent: facts({ intent: { region, bucket: `${name}-${region}` } }).intent };
    }),
  );
  await gets("role-0", "arn:aws:s3:::acme-logs-us-east-1/*");
  const runDirectory = temporaryDirectory();
  const kept = () => readdirSync(join(runDirectory, "_iam")).sort();
  const searches = await searchIam(askings, { runDirectory, now: Date.now, stop: new AbortController().signal });
  const administrator = `arn:aws:iam::${account}:user/administrator`;
  const readers = askings.map(({ intent }) => {
    const found = searches.of(intent);
    return found.is === "seen" ? found.value.users.filter(({ does }) => does === "read").map(({ arn }) => arn) : found;
  });
  const reader = `arn:aws:iam::${account}:role/role-0`;
  expect(readers).toEqual([[administrator], [administrator], [administrator], [reader, administrator]]);
  expect([count("ListRoles"), count("ListUsers"), questions()]).toEqual([1, 1, 6]);
  expect(kept()).toEqual(regions.map((region) => `${account}-${region}.jsonl`));
  searches.forget();
  expect(kept()).toEqual([]);
});

test("a search that IAM ends hides no other, and what others had asked needs no IAM", async () => {
  const { aws, client } = await accountWithRoles(named(9));
  const of = (region: string) => ({ iam: client, intent: facts({ intent: { region } }).intent });
  const [known, asked] = [of("eu-west-1"), of("us-east-1")];
  const runDirectory = temporaryDirectory();
  const props = { runDirectory, now: Date.now, stop: new AbortController().signal };
  await searchIam([known], props);
  aws.faults = { rates: { SimulatePrincipalPolicy: { expiredToken: 1 } } };
  const searches = await searchIam([asked, known], props);
  expect(searches.of(asked.intent)).toMatchObject({ is: "unseen", why: "ExpiredToken" });
  expect(searches.of(known.intent)).toMatchObject({ is: "seen" });
});

test("what was kept of a search that IAM ended stays, and the next one asks about those that are missing", async () => {
  const { aws, client, add, gets, questions } = await accountWithRoles(named(9));
  const asking = { iam: client, intent: facts().intent };
  const runDirectory = temporaryDirectory();
  const search = () => searchIam([asking], { runDirectory, now: Date.now, stop: new AbortController().signal });
  await search();
  await add("one-more");
  await gets("one-more", "*");
  aws.faults = { rates: { SimulatePrincipalPolicy: { expiredToken: 1 } } };
  const ended = await search();
  expect(ended.of(asking.intent)).toMatchObject({ is: "unseen", why: "ExpiredToken" });
  ended.forget();
  aws.faults = undefined;
  const before = questions();
  const found = (await search()).of(asking.intent);
  expect(found.is === "seen" && found.value.users.map(({ arn }) => arn)).toContain(roleArn("one-more"));
  expect(questions() - before).toBe(1);
});

test("what is kept is read again by the next process, also behind a line that was torn", () => {
  const path = join(temporaryDirectory(), "_iam", "answers.jsonl");
  const now = Date.parse("2026-11-28T12:00:00Z");
  const says = { reads: true, writes: false, hangsOn: [] };
  const answer = (question: string) => ({
    ...{ at: new Date(now).toISOString(), principal: "arn:aws:iam::111111111111:role/app", question },
    answers: { [bucket]: says },
  });
  answersFile(path, now).keep(answer("first"));
  appendFileSync(path, '{"at":"2026-11-28T');
  const second = answersFile(path, now);
  for (const question of ["second", "third"]) second.keep(answer(question));
  const third = answersFile(path, now);
  for (const question of ["first", "second", "third"]) expect(third.of(question)).toEqual(new Map([[bucket, says]]));
  third.forget();
  expect(answersFile(path, now).of("first")).toBeUndefined();
});

test.each([
  [
    { of: 1_500, before: 0, asked: 0 },
    0,
    "  0 % ░░░░░░░░░░░░░░░░   0 of 1,500 roles and users of 111111111111 asked about",
  ],
  [
    { of: 1_500, before: 500, asked: 400 },
    50,
    "  60 % █████████░░░░░░░   900 of 1,500 roles and users of 111111111111 asked about   about 1 min 15 s left",
  ],
  [{ of: 3, before: 1, asked: 1 }, 2, "  66 % ██████████░░░░░░   2 of 3 roles and users of 111111111111 asked about"],
  [{ of: 3, before: 1, asked: 2 }, 9, "  100 % ████████████████   3 of 3 roles and users of 111111111111 asked about"],
])("a search at %j after %i s", (standing, seconds, line) => {
  expect(searchLine(account, standing, seconds)).toBe(line);
});
