import { z } from "zod";
import { algorithms, bucketClasses, partitions, stages, waivable } from "./fleet";
import { keyArnPattern } from "./names";
import { uniqueIdPattern } from "./policy";

/** A mapping that knows all its fields, and says which there are when it meets another. */
const fields = <Shape extends z.core.$ZodShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: (issue) =>
      issue.code === "unrecognized_keys" ? `is no field here; there are ${Object.keys(shape).join(", ")}` : undefined,
  });

/** A string of a pattern. `needs` finishes the sentence that begins with the value. */
const text = (pattern: RegExp, needs: string) =>
  z.string({ error: (issue) => (issue.input === undefined ? undefined : needs) }).regex(pattern, needs);

// Without a repetition inside of a repetition: what is no name, such as one of 2006 with an underscore, would take for ever.
const bucketName = text(
  /^(?=.{3,63}$)(?!\d+\.\d+\.\d+\.\d+$)(?!at-rest-backup-)(?!.*\.\.)[a-z0-9][a-z0-9.-]*[a-z0-9]$/,
  'is no bucket name: 3 to 63 lower case letters, digits, hyphens and single dots, not beginning with "at-rest-backup-"',
);
const regionName = text(/^[a-z]+(?:-[a-z]+)+-\d{1,2}$/, "is no region, such as eu-west-1");
const keyArn = text(
  keyArnPattern,
  "is no full ARN of a KMS key: S3 resolves aliases and bare ids in the account of whoever asks",
);
const principalArn = text(
  /^arn:aws[a-z-]*:iam::\d{12}:(?:root|(?:role|user)\/[\w+=,.@/*-]+)$/,
  "is no ARN of an IAM role, user or account root; a session's ARN does not do, use its role's",
);
const servicePrincipal = text(
  /^[a-z0-9.-]+\.amazonaws\.com(?:\.cn)?$/,
  "is no service principal, such as logging.s3.amazonaws.com",
);
const uniqueId = text(
  uniqueIdPattern,
  "is no unique id of a deleted role or user, such as S3 shows in a policy: AROA... or AIDA...",
);
const roleName = text(
  /^[\w+=,.@/-]{1,512}$/,
  "is no name of an IAM role, with its path if it has one; the account makes it an ARN",
);
const policyName = text(
  /^[\w+=,.@/-]{1,512}$/,
  "is no name of a managed policy, with its path if it has one; each account makes it an ARN",
);
const day = text(/^\d{4}-\d{2}-\d{2}$/, "is no date; write YYYY-MM-DD").refine(
  (value) => !/^\d{4}-\d{2}-\d{2}$/.test(value) || isDay(value),
  "is no day of the calendar",
);

// Date moves the 30th of February on to March, so a day has to come out as it went in.
const isDay = (value: string): boolean => {
  const time = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(value);
};

const waiver = fields({
  what: z.enum(waivable),
  reason: text(/\S/, "is no reason: say why, for the reviewer"),
  until: day,
});

/** What a bucket can say of itself, and `defaults` of all of them. */
const bucketSettings = {
  stage: z.enum(stages).optional(),
  encryption: z.enum(algorithms).optional(),
  bucketKey: z.boolean().optional(),
  blockSseC: z.boolean().optional(),
  backup: z.enum(["none", "rewritten", "all"]).optional(),
  versions: z.enum(["current", "all"]).optional(),
  class: z.enum(bucketClasses).optional(),
  policy: z.enum(["own", "external"]).optional(),
  defaultEncryption: z.enum(["own", "external"]).optional(),
  readers: z.array(principalArn).optional(),
  writers: z.array(principalArn).optional(),
  headerlessWriters: z.array(principalArn).optional(),
  serviceWriters: z.array(servicePrincipal).optional(),
};

const regionSettings = {
  keyAccess: z.enum(["account-via-s3", "named"]).optional(),
  backupRetentionInDays: z.int().min(1).max(3650).optional(),
  batchOperations: z.boolean().optional(),
};

export const bucketSchema = fields({
  name: bucketName,
  newBucket: z.boolean().optional(),
  ...bucketSettings,
  // Keys are a region's, and a waiver or a consent is a decision about one bucket: none has a default.
  keyArn: keyArn.optional(),
  sourceKeys: z.array(keyArn).optional(),
  accept: z.array(waiver).optional(),
  dropPrincipals: z.array(uniqueId).optional(),
});
export const defaultsSchema = fields({ ...bucketSettings, ...regionSettings });

// Children are parsed one by one, so that a mistake in one does not hide those of the others.
const list = z.array(z.unknown()).min(1);
const map = z.record(z.string(), z.unknown()).refine((value) => Object.keys(value).length > 0, "is empty");

export const regionSchema = fields({ ...regionSettings, buckets: list });
export const regionNameSchema = regionName;
export const accountSchema = fields({
  name: text(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, "is no account name: lower case letters, digits and single hyphens"),
  id: text(/^\d{12}$/, "is no account id: 12 digits in quotes"),
  partition: z.enum(partitions).optional(),
  wave: z.int().min(0).optional(),
  planRole: roleName.optional(),
  applyRole: roleName.optional(),
  operators: z.array(principalArn).optional(),
  regions: map,
});

export const stateSchema = z.discriminatedUnion("backend", [
  fields({ backend: z.literal("local"), directory: text(/^[^\0]+$/, "is no directory") }),
  fields({
    backend: z.literal("s3"),
    bucket: bucketName,
    region: regionName,
    prefix: text(/^[\w.-]+(?:\/[\w.-]+)*$/, "is no prefix of a key: no slash at either end").optional(),
    roleArn: principalArn.optional(),
  }),
]);

export const githubSchema = fields({
  repository: text(/^[A-Za-z0-9-]+\/[\w.-]+$/, "is no repository; write owner/name"),
  // Not by name: owners and repositories can be renamed, and their names given to somebody else.
  ids: fields({ owner: z.int().min(1), repository: z.int().min(1) }).optional(),
  branch: text(/^[\w./-]+$/, "is no branch").optional(),
  account: text(/^\d{12}$/, "is no account id: 12 digits in quotes"),
  oidcProvider: z.enum(["create", "existing"]).optional(),
  administratorRole: roleName.optional(),
  permissionsBoundary: policyName.optional(),
});

// Any name: what is left out may be older than today's rules for names.
const leftOut = fields({
  name: text(/\S/, "is no bucket name"),
  reason: text(/\S/, "is no reason: say why, for the reviewer"),
});
export const leaveOutSchema = z.array(leftOut);

export const fleetSchema = fields({
  state: z.unknown(),
  github: z.unknown().optional(),
  defaults: z.unknown().optional(),
  leaveOut: z.unknown().optional(),
  accounts: list,
});

export type BucketSettings = z.infer<typeof bucketSchema>;
export type Defaults = z.infer<typeof defaultsSchema>;
