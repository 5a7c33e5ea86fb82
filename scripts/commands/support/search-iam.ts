import { join } from "node:path";
import type { IAMClient } from "@aws-sdk/client-iam";
import { accountUsers } from "../../../src/checks/preflight/account-users";
import type { Facts, Intent } from "../../../src/checks/preflight/facts";
import { type Looked, seen, unseen } from "../../../src/checks/preflight/looked";
import { principalsOf, type Standing, searchAccount } from "../../../src/checks/preflight/search-account";
import { grouped } from "../../../src/reencrypt/report";
import { duration } from "../../../src/reencrypt/report/words";
import { type AnswersFile, answersFile } from "./kept-answers-file";
import { bar, redraw, TOO_EARLY_SECONDS } from "./progress";
import { reportsIn } from "./run-place";
import { Stop } from "./stop";
import { say } from "./terminal";

/** A bucket whose readers and writers only IAM knows. */
export interface Asking {
  readonly intent: Intent;
  readonly iam: IAMClient;
}

export interface SearchesProps {
  /** Where runs are journaled: answers are kept beside them. In S3 they are not. */
  readonly runDirectory: string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly stop: AbortSignal;
}

export interface Searches {
  of(intent: Intent): Facts["accountUsers"];
  /** Takes away what was kept of searches that came to their end: the next one asks again. */
  forget(): void;
}

const accountAndRegion = ({ account, region }: Intent): string => `${account}-${region}`;

/** How a search is getting on, in one line. @param seconds since it began */
export function searchLine(account: string, { of, before, asked }: Standing, seconds: number): string {
  const done = before + asked;
  const share = of === 0 ? 1 : done / of;
  const left = asked > 0 && seconds >= TOO_EARLY_SECONDS && done < of ? ((of - done) * seconds) / asked : undefined;
  const parts = [
    `${Math.floor(share * 100)} % ${bar(share)}`,
    `${grouped(done)} of ${grouped(of)} roles and users of ${account} asked about`,
    ...(left === undefined ? [] : [`about ${duration(left)} left`]),
  ];
  return `  ${parts.join("   ")}`;
}

/**
 * Asks IAM who of an account reads and writes buckets, once for all those of an account and Region. Roles and users are
 * listed once an account.
 *
 * @throws Stop 130 where it was interrupted
 */
export async function searchIam(askings: readonly Asking[], props: SearchesProps): Promise<Searches> {
  const places = new Map<string, Asking[]>();
  for (const asking of askings) {
    const place = accountAndRegion(asking.intent);
    places.set(place, [...(places.get(place) ?? []), asking]);
  }
  const listed = new Map<string, readonly string[]>();
  const found = new Map<string, Awaited<ReturnType<typeof searchPlace>>>();
  const over: AnswersFile[] = [];
  for (const [place, of] of places) {
    const kept = answersFile(join(reportsIn(props.runDirectory), "_iam", `${place}.jsonl`), props.now());
    const answers = await searchPlace(of, listed, kept, props);
    if (answers.is === "seen") over.push(kept);
    found.set(place, answers);
  }
  return {
    of: (intent) => {
      const answers = found.get(accountAndRegion(intent));
      if (!answers) throw new Error(`s3://${intent.bucket} was not asked about.`);
      return answers.is === "seen" ? seen(accountUsers(answers.value, intent)) : answers;
    },
    forget: () => {
      for (const kept of over) kept.forget();
    },
  };
}

/** @param listed roles and users by account, to which those of this one are added */
async function searchPlace(
  askings: readonly Asking[],
  listed: Map<string, readonly string[]>,
  kept: AnswersFile,
  { now, stop }: SearchesProps,
): Promise<Looked<Parameters<typeof accountUsers>[0]>> {
  const [first] = askings;
  if (!first) throw new Error("There is no bucket to ask about.");
  const { iam: client, intent: place } = first;
  const known = listed.get(place.account);
  const principals = known ? seen(known) : await principalsOf(client);
  if (principals.is === "unseen") return principals;
  listed.set(place.account, principals.value);

  const began = performance.now();
  let standing: Standing = { of: principals.value.length, before: 0, asked: 0 };
  const line = () => searchLine(place.account, standing, (performance.now() - began) / 1000);
  const end = redraw(process.stderr.isTTY === true, line);
  const told = (now: Standing) => {
    standing = now;
  };
  const buckets = askings.map(({ intent }) => intent.bucket);
  const asked = { client, place, principals: principals.value, buckets, kept, now, stop, told };
  const answers = await searchAccount(asked).finally(end);
  const { before, asked: here, of } = standing;
  const goesOn = kept.written ? "The same command goes on from here." : "The same command begins anew.";
  if (answers.is === "stopped") {
    const who = `${grouped(before + here)} of ${grouped(of)} roles and users of account ${place.account}`;
    throw new Stop(`Interrupted: IAM was asked about ${who}. ${goesOn}`, undefined, 130);
  }
  if (answers.is === "unseen" && before + here > 0) {
    say(
      `IAM was asked about ${grouped(before + here)} of ${grouped(of)} roles and users of account ${place.account}, then`,
    );
    say(`${unseen(answers)}. ${goesOn}`);
  }
  return answers;
}
