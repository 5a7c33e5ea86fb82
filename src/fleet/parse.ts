import { dirname, resolve } from "node:path";
import { isScalar, parseDocument } from "yaml";
import type { z } from "zod";
import type { Account, Fleet, FleetBucket, LeftOut, State, Target } from "./fleet";
import {
  boundaryArn,
  defaultApplyRole,
  defaultPlanRole,
  type Github,
  githubMistakes,
  roleArn,
  toGithub,
} from "./github";
import { FleetError, type Mistake, mistakesOf, type Path } from "./mistakes";
import { bucketMistakes, type Claim, duplicates, isRegionOf, type Place, principalMistakes } from "./rules";
import {
  accountSchema,
  type BucketSettings,
  bucketSchema,
  type Defaults,
  defaultsSchema,
  fleetSchema,
  githubSchema,
  leaveOutSchema,
  regionNameSchema,
  regionSchema,
  stateSchema,
} from "./schema";

const childOf = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;

/** A name is taken also by an entry that has other mistakes. */
const claims = (value: unknown, field: string, at: Path): Claim[] => {
  const name = childOf(value, field);
  return typeof name === "string" ? [{ value: name, path: [...at, field] }] : [];
};

const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const entriesOf = (value: unknown): readonly [string, unknown][] =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];

function withDefaults(given: BucketSettings, defaults: Defaults): FleetBucket {
  const encryption = given.encryption ?? defaults.encryption ?? "aws:kms";
  const bucketKey = given.bucketKey ?? defaults.bucketKey ?? true;
  return {
    name: given.name,
    stage: given.stage ?? defaults.stage ?? "prepare",
    newBucket: given.newBucket ?? false,
    encryption,
    keyArn: given.keyArn ?? null,
    bucketKey: encryption === "aws:kms" && bucketKey,
    blockSseC: given.blockSseC ?? defaults.blockSseC ?? false,
    backup: given.backup ?? defaults.backup ?? "all",
    versions: given.versions ?? defaults.versions ?? "current",
    class: given.class ?? defaults.class ?? "plain",
    policy: given.policy ?? defaults.policy ?? "own",
    defaultEncryption: given.defaultEncryption ?? defaults.defaultEncryption ?? "own",
    readers: given.readers ?? defaults.readers ?? [],
    writers: given.writers ?? defaults.writers ?? [],
    headerlessWriters: given.headerlessWriters ?? defaults.headerlessWriters ?? [],
    serviceWriters: given.serviceWriters ?? defaults.serviceWriters ?? [],
    sourceKeys: given.sourceKeys ?? [],
    accept: given.accept ?? [],
    dropPrincipals: given.dropPrincipals ?? [],
  };
}

function toAccount(given: z.infer<typeof accountSchema>, github: Github | undefined): Account {
  const partition = given.partition ?? "aws";
  const role = (name: string | undefined) => name && roleArn(partition, given.id, name);
  const operators = given.operators ?? [];
  return {
    name: given.name,
    id: given.id,
    partition,
    wave: given.wave ?? 0,
    planRole: role(given.planRole ?? (github && defaultPlanRole)),
    applyRole: role(given.applyRole ?? (github && defaultApplyRole)),
    ...(github?.permissionsBoundary
      ? { permissionsBoundary: boundaryArn(partition, given.id, github.permissionsBoundary) }
      : {}),
    // The root is what no operators mean: naming the pipeline must not shut out whoever the account's IAM allows.
    operators: github
      ? [...(operators.length > 0 ? operators : [`arn:${partition}:iam::${given.id}:root`]), github.entry.applyRole]
      : operators,
  };
}

/** Reads a fleet level by level, so that a mistake in one place hides none in another. */
class Reader {
  readonly mistakes: Mistake[] = [];
  readonly accountIds: Claim[] = [];
  readonly accountNames: Claim[] = [];
  readonly stackNames: Claim[] = [];
  readonly buckets: Claim[] = [];
  private github: Github | undefined;

  parse<T>(schema: z.ZodType<T>, value: unknown, at: Path): T | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    this.mistakes.push(...mistakesOf(parsed.error, value, at));
    return undefined;
  }

  account(value: unknown, at: Path, defaults: Defaults | undefined): Target[] {
    const given = this.parse(accountSchema, value, at);
    const account = given && toAccount(given, this.github);
    this.accountIds.push(...claims(value, "id", at));
    this.accountNames.push(...claims(value, "name", at));
    given?.operators?.forEach((arn, index) => {
      if (account) this.mistakes.push(...principalMistakes(arn, account, [...at, "operators", index]));
    });
    return entriesOf(childOf(value, "regions")).flatMap(([region, inner]) =>
      this.region(region, inner, [...at, "regions", region], account, defaults),
    );
  }

  region(
    region: string,
    value: unknown,
    at: Path,
    account: Account | undefined,
    defaults: Defaults | undefined,
  ): Target[] {
    const settings = this.parse(regionSchema, value, at);
    if (this.parse(regionNameSchema, region, at) && account && !isRegionOf(account.partition, region)) {
      this.mistakes.push({ path: at, says: `"${region}" is no region of partition ${account.partition}` });
    }
    const place = account && { partition: account.partition, region };
    const buckets = itemsOf(childOf(value, "buckets")).flatMap((inner, index) =>
      this.bucket(inner, [...at, "buckets", index], place, defaults),
    );
    if (!settings || !account) return [];
    const stackName = `${account.name}-${region}`;
    this.stackNames.push({ value: stackName, path: at });
    const keyAccess = settings.keyAccess ?? defaults?.keyAccess ?? "account-via-s3";
    const backupRetentionInDays = settings.backupRetentionInDays ?? defaults?.backupRetentionInDays ?? 90;
    const batchOperations = settings.batchOperations ?? defaults?.batchOperations ?? false;
    return [{ account, region, stackName, keyAccess, backupRetentionInDays, batchOperations, buckets }];
  }

  bucket(value: unknown, at: Path, place: Place | undefined, defaults: Defaults | undefined): FleetBucket[] {
    const given = this.parse(bucketSchema, value, at);
    this.buckets.push(...claims(value, "name", at));
    // What a bucket is cannot be judged while the defaults that it rests on are wrong.
    if (!given || !defaults) return [];
    const bucket = withDefaults(given, defaults);
    const wrong = bucketMistakes(bucket, given, place);
    this.mistakes.push(...wrong.map(({ path, says }) => ({ path: [...at, ...path], says })));
    return [bucket];
  }

  leaveOut(value: unknown, at: Path): LeftOut[] {
    itemsOf(value).forEach((inner, index) => {
      this.buckets.push(...claims(inner, "name", [...at, index]));
    });
    return this.parse(leaveOutSchema, value ?? [], at) ?? [];
  }

  /** Before the accounts, whose roles it names; with theirs, where they say other names. */
  pipeline(value: unknown, accounts: readonly unknown[]): Github | undefined {
    const given = value === undefined ? undefined : this.parse(githubSchema, value, ["github"]);
    if (!given) return undefined;
    const readable = accounts.flatMap((account) => accountSchema.safeParse(account).data ?? []);
    const entry = readable.find(({ id }) => id === given.account);
    return toGithub(given, (entry ?? readable[0])?.partition ?? "aws", entry);
  }

  fleet(value: unknown): {
    state: State | undefined;
    github: Github | undefined;
    targets: Target[];
    leaveOut: LeftOut[];
  } {
    this.parse(fleetSchema, value, []);
    const state = this.parse(stateSchema, childOf(value, "state"), ["state"]);
    const defaults = this.parse(defaultsSchema, childOf(value, "defaults") ?? {}, ["defaults"]);
    const accounts = itemsOf(childOf(value, "accounts"));
    this.github = this.pipeline(childOf(value, "github"), accounts);
    const targets = accounts.flatMap((inner, index) => this.account(inner, ["accounts", index], defaults));
    const leaveOut = this.leaveOut(childOf(value, "leaveOut"), ["leaveOut"]);
    this.mistakes.push(
      ...duplicates(this.accountIds, "an account is listed once, with all its regions"),
      ...duplicates(this.accountNames, "stacks are named after it"),
      ...duplicates(this.stackNames, "both would be the same stack"),
      ...duplicates(this.buckets, "bucket names are global"),
    );
    const whole = { state: state && toState(state), github: this.github, targets, leaveOut };
    if (whole.state) this.mistakes.push(...githubMistakes({ ...whole, state: whole.state }));
    return whole;
  }
}

const toState = (state: z.infer<typeof stateSchema>): State =>
  state.backend === "local" ? state : { ...state, prefix: state.prefix ?? "at-rest" };

/**
 * Reads a fleet from the text of its file.
 *
 * @param file the file's name, for errors and for what is beside it
 * @throws FleetError with every mistake: YAML's, the fields', and the combinations'
 */
export function parseFleet(text: string, file: string): Fleet {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new FleetError(
      file,
      document.errors.map((error) => `${file}: ${error.message.split("\n")[0]?.replace(/:$/, "")}.`),
    );
  }
  const reader = new Reader();
  const { state, github, targets, leaveOut } = reader.fleet(document.toJS());
  const mistakes = reader.mistakes.map((mistake) => withSource(mistake, document.getIn(mistake.path, true)));
  if (!state || mistakes.length > 0) throw FleetError.in(file, mistakes);
  return { file, directory: dirname(resolve(file)), state, github, targets, leaveOut };
}

/** YAML reads 012345678901 as a number and drops the zero, so an account id is quoted as it was written. */
function withSource(mistake: Mistake, node: unknown): Mistake {
  if (!["id", "account"].includes(String(mistake.path.at(-1))) || !isScalar(node) || typeof node.value !== "number")
    return mistake;
  const written = node.source ?? String(node.value);
  const digits = written.replace(/\D/g, "");
  return { path: mistake.path, says: `${written} is a number to YAML; put the 12 digits in quotes: "${digits}"` };
}
