import type { BucketClass } from "../../fleet/fleet";
import { bucketArn } from "../../fleet/names";
import type { Tag } from "../../fleet/snapshot";
import { accessLogs, isLoadBalancing, loadBalancingServices, logDelivery } from "../preflight/delivery-checks";
import { known } from "../preflight/looked";
import { anonymousRead, publicGrants, readingIdentities } from "../preflight/public-checks";
import { allowsOf, grants, mayWrite, principalsOf } from "../preflight/users";
import type { DiscoveredBucket } from "./found";

/** What a bucket seems to be, and why. A reviewer decides. */
export interface Guess {
  /** Every class that fits, the one to choose first. Empty: plain. */
  readonly classes: readonly BucketClass[];
  /** Where SSE-KMS would break what is there. */
  readonly needsAes256: boolean;
  /** Whether another stack seems to own the bucket. */
  readonly external: boolean;
  /** Full ARNs of keys that objects are probably under. */
  readonly sourceKeys: readonly string[];
  /** One sentence each. Names, tags and ARNs in them are strangers' text. */
  readonly because: readonly string[];
}

/** Who points at a bucket: buckets that log or replicate to it, by its name. */
export interface Pointers {
  readonly logs: ReadonlyMap<string, readonly string[]>;
  readonly replicas: ReadonlyMap<string, readonly string[]>;
}

function pointersOf(pairs: readonly (readonly [from: string, to: string])[]): Map<string, string[]> {
  const found = new Map<string, Set<string>>();
  for (const [from, to] of pairs) {
    if (from === to) continue;
    const before = found.get(to);
    if (before) before.add(from);
    else found.set(to, new Set([from]));
  }
  return new Map([...found].map(([to, from]) => [to, [...from].sort()]));
}

/** @param buckets of all accounts: logs and replicas go across them */
export const pointersIn = (buckets: readonly DiscoveredBucket[]): Pointers => ({
  logs: pointersOf(
    buckets.flatMap(({ name, logsTo }) => {
      const to = known(logsTo);
      return to ? [[name, to] as const] : [];
    }),
  ),
  replicas: pointersOf(
    buckets.flatMap(({ name, replicatesTo }) => (known(replicatesTo) ?? []).map((to) => [name, to] as const)),
  ),
});

const some = (names: readonly string[]): string =>
  names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;

function loadBalancing(bucket: DiscoveredBucket): string[] {
  const writes = allowsOf(bucket).filter(mayWrite);
  return [
    ...writes.flatMap((one) => principalsOf(one, "Service")).filter((name) => loadBalancingServices.has(name)),
    ...writes.flatMap((one) => principalsOf(one, "AWS")).filter(isLoadBalancing),
  ].map((who) => `its policy lets ${who} write, which is Elastic Load Balancing`);
}

function accessLogging(bucket: DiscoveredBucket, { logs }: Pointers): string[] {
  const from = logs.get(bucket.name) ?? [];
  const services = allowsOf(bucket)
    .filter(mayWrite)
    .flatMap((one) => principalsOf(one, "Service"));
  const granted = known(bucket.grants)?.some(({ Grantee }) => Grantee?.URI === logDelivery);
  return [
    ...(from.length > 0 ? [`access logs of ${some(from)} go here`] : []),
    ...(services.includes(accessLogs) ? [`its policy lets ${accessLogs} write`] : []),
    ...(granted ? ["its ACL has a grant for LogDelivery"] : []),
  ];
}

function replication(bucket: DiscoveredBucket, { replicas }: Pointers): string[] {
  const from = replicas.get(bucket.name) ?? [];
  // `s3:*` alone says nothing about replicas.
  const replicates = allowsOf(bucket).some(
    (one) => grants(one, "s3:ReplicateObject") && !grants(one, "s3:GetBucketAcl"),
  );
  return [
    ...(from.length > 0 ? [`${some(from)} ${from.length === 1 ? "is" : "are"} replicated here`] : []),
    ...(replicates ? ["its policy allows s3:ReplicateObject"] : []),
  ];
}

/** Readers who do not sign, or whose signature SSE-KMS does not take. */
function unsignedReaders(bucket: DiscoveredBucket): string[] {
  const answer = anonymousRead(bucketArn(bucket.partition, bucket.name), bucket);
  const may = { allowed: "lets", undecided: "may let", denied: null, delegated: null, silent: null }[answer.is];
  const granted = publicGrants(known(bucket.grants) ?? [], bucket.publicAccessBlock);
  return [
    ...(known(bucket.website) ? ["it is a website, whose readers do not sign; SSE-KMS refuses them"] : []),
    ...(may ? [`its policy ${may} readers in who do not sign, by ${some(answer.by)}; SSE-KMS refuses them`] : []),
    ...(granted.length > 0 ? [`its ACL gives everybody ${granted.join(", ")}: objects may be as public`] : []),
    ...readingIdentities(bucket).map((arn) => `its policy lets ${arn} of CloudFront read, which SSE-KMS refuses`),
  ];
}

const tools = /terraform|opentofu|terragrunt|cdktf|pulumi|crossplane/i;
const ownership =
  /^(?:managed|created|provisioned|deployed|maintained)[-_ .:]?(?:by|with|using)$|^(?:iac|provisioner)$/i;
const no = /^(?:|false|no|0)$/i;

/** Who says that another stack owns the bucket. */
export function ownersIn(tags: readonly Tag[]): string[] {
  return tags.flatMap(({ Key, Value }) => {
    if (Key === "aws:cloudformation:stack-name") return [`CloudFormation stack ${Value} owns it`];
    const told = ownership.test(Key) ? tools.test(Value) : tools.test(Key) && !no.test(Value);
    return told && !Key.startsWith("aws:") ? [`tag ${Key}=${Value} says that another stack owns it`] : [];
  });
}

function keysOf({ encryption, partition, region }: DiscoveredBucket): Pick<Guess, "sourceKeys" | "because"> {
  const default_ = known(encryption);
  if (!default_ || default_.algorithm === "AES256") return { sourceKeys: [], because: [] };
  const { keyArn } = default_;
  if (keyArn === null || keyArn.endsWith("alias/aws/s3")) {
    const because = ["its default key is aws/s3: name that key's full ARN in sourceKeys"];
    return { sourceKeys: [], because };
  }
  const [, keyPartition, service, keyRegion, account, resource] = keyArn.split(":");
  const usable =
    keyPartition === partition &&
    service === "kms" &&
    keyRegion === region &&
    /^\d{12}$/.test(account ?? "") &&
    /^key\/[A-Za-z0-9-]+$/.test(resource ?? "");
  return usable
    ? { sourceKeys: [keyArn], because: [`objects are probably under its default key; keyArn: ${keyArn} would keep it`] }
    : { sourceKeys: [], because: [`its default key is ${keyArn}: name the key's full ARN in sourceKeys`] };
}

/**
 * | what is seen                                                       | what it is taken for                       |
 * |--------------------------------------------------------------------|--------------------------------------------|
 * | Object Lock on                                                     | class object-locked, whatever else it is   |
 * | policy lets Elastic Load Balancing write                           | class alb-logs, AES256                     |
 * | another bucket logs here; policy or ACL lets log delivery write    | class log-target, AES256                   |
 * | another bucket replicates here; policy allows s3:ReplicateObject   | class replication-destination              |
 * | website hosting; policy or ACL lets everybody read                 | AES256: its readers do not sign            |
 * | policy lets an origin access identity of CloudFront read           | AES256: it cannot read SSE-KMS             |
 * | tag of CloudFormation, Terraform or the like                       | policy and defaultEncryption external      |
 * | default encryption with a customer's key                           | that key in sourceKeys                     |
 */
export function guess(bucket: DiscoveredBucket, pointers: Pointers): Guess {
  const evidence: readonly (readonly [BucketClass, readonly string[]])[] = [
    ["object-locked", known(bucket.objectLock) ? ["Object Lock is on"] : []],
    ["alb-logs", loadBalancing(bucket)],
    ["log-target", accessLogging(bucket, pointers)],
    ["replication-destination", replication(bucket, pointers)],
  ];
  const fitting = evidence.filter(([, why]) => why.length > 0);
  const classes = fitting.map(([name]) => name);
  const unsigned = unsignedReaders(bucket);
  const owners = ownersIn(known(bucket.tags) ?? []);
  const keys = keysOf(bucket);
  return {
    classes,
    needsAes256: unsigned.length > 0 || classes.includes("alb-logs") || classes.includes("log-target"),
    external: owners.length > 0,
    sourceKeys: keys.sourceKeys,
    because: [
      ...fitting.flatMap(([name, why]) => why.map((one) => `${name}: ${one}`)),
      ...unsigned.map((one) => `AES256: ${one}`),
      ...owners.map((one) => `external: ${one}`),
      ...keys.because,
    ],
  };
}
