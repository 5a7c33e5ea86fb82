import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import type { IAM } from "@aws-sdk/client-iam";
import type { KMS } from "@aws-sdk/client-kms";
import type { S3 } from "@aws-sdk/client-s3";
import type { STS } from "@aws-sdk/client-sts";
import { localEndpoints, type Service } from "./endpoints";
import { unsupportedArguments } from "./plan";
import { block, blocks, text, texts } from "./reading";
import { tagsOf } from "./tags";
import { isKnown, type ObjectValue, UNKNOWN, type Value } from "./values";

/** A configured provider block: whom it acts as, and the clients of one region. */
export interface Session {
  readonly region: string;
  readonly account: string;
  readonly partition: string;
  readonly defaultTags: Value;
  /** For a resource that is in a region of its own. */
  s3(resource: ObjectValue): Promise<S3>;
  kms(resource: ObjectValue): Promise<KMS>;
  iam(): Promise<IAM>;
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Arguments of the provider block that change whom or what it talks to, and are not implemented here. */
const UNSUPPORTED = [
  "assume_role_with_web_identity",
  "custom_ca_bundle",
  "http_proxy",
  "https_proxy",
  "ignore_tags",
  "insecure",
  "profile",
  "shared_config_files",
  "shared_credentials_files",
];
const UNSUPPORTED_OF_ROLE = ["duration", "policy_arns", "source_identity", "tags", "transitive_tag_keys"];

/**
 * Takes the provider block, and what it leaves out from the environment.
 *
 * @throws if an endpoint is not on this machine, or the account is not an allowed one
 */
export async function configure(config: ObjectValue, environment: Environment): Promise<Session> {
  refuse(unsupportedArguments(UNSUPPORTED, config), "the provider block");
  const endpoints = localEndpoints(tagsOf(Object.assign({}, ...blocks(config["endpoints"]))), environment);
  const region = text(config["region"]) ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"];
  if (!region) throw new Error("The provider has no region: set its argument region, or AWS_REGION.");
  const own = credentialsOf(config, environment);
  const bundle = environment["AWS_CA_BUNDLE"];
  const httpsAgent = new Agent({ keepAlive: true, ca: bundle ? readFileSync(bundle) : undefined });

  const connection = (service: Service, credentials: Credentials, at = region) => ({
    region: at,
    credentials,
    endpoint: endpoints[service],
    requestHandler: { httpsAgent },
  });
  const sts = async (credentials: Credentials): Promise<STS> =>
    new (await import("@aws-sdk/client-sts")).STS(connection("sts", credentials));

  const credentials = await assumeRoles(blocks(config["assume_role"]), own, sts);
  const { Account: account = "", Arn: arn = "" } = await (await sts(credentials)).getCallerIdentity({});
  const allowed = texts(config["allowed_account_ids"]);
  if ((allowed.length > 0 && !allowed.includes(account)) || texts(config["forbidden_account_ids"]).includes(account)) {
    throw new Error(`AWS account ID not allowed: ${account}`);
  }
  const defaultTags = block(config["default_tags"])?.["tags"] ?? {};

  return {
    region,
    account,
    partition: arn.split(":")[1] ?? "aws",
    defaultTags: isKnown(defaultTags) ? defaultTags : UNKNOWN,
    // The stacks are the same for AWS and for this machine, where buckets have no host names.
    s3: async (resource) =>
      new (await import("@aws-sdk/client-s3")).S3({
        ...connection("s3", credentials, text(resource["region"])),
        forcePathStyle: true,
      }),
    kms: async (resource) =>
      new (await import("@aws-sdk/client-kms")).KMS(connection("kms", credentials, text(resource["region"]))),
    iam: async () => new (await import("@aws-sdk/client-iam")).IAM(connection("iam", credentials)),
  };
}

/** From the provider block or the environment only: files, SSO and instance metadata would reach beyond this machine. */
function credentialsOf(config: ObjectValue, environment: Environment): Credentials {
  const accessKeyId = text(config["access_key"]) ?? environment["AWS_ACCESS_KEY_ID"];
  const secretAccessKey = text(config["secret_key"]) ?? environment["AWS_SECRET_ACCESS_KEY"];
  if (!accessKeyId || !secretAccessKey) {
    throw new Error(
      "The provider has no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, as `npm run local` prints them.",
    );
  }
  return { accessKeyId, secretAccessKey, sessionToken: text(config["token"]) ?? environment["AWS_SESSION_TOKEN"] };
}

/** Each role is assumed with the credentials of the one before. */
async function assumeRoles(
  roles: readonly ObjectValue[],
  first: Credentials,
  sts: (credentials: Credentials) => Promise<STS>,
): Promise<Credentials> {
  let credentials = first;
  for (const role of roles) {
    const roleArn = text(role["role_arn"]);
    if (!roleArn) continue; // As hashicorp/aws does: a block without a role changes nothing.
    refuse(unsupportedArguments(UNSUPPORTED_OF_ROLE, role), "assume_role");
    const { Credentials: assumed } = await (await sts(credentials)).assumeRole({
      RoleArn: roleArn,
      RoleSessionName: text(role["session_name"]) ?? "terraform",
      ExternalId: text(role["external_id"]),
      Policy: text(role["policy"]),
    });
    if (!assumed?.AccessKeyId || !assumed.SecretAccessKey)
      throw new Error(`${roleArn}: AssumeRole gave no credentials.`);
    credentials = {
      accessKeyId: assumed.AccessKeyId,
      secretAccessKey: assumed.SecretAccessKey,
      sessionToken: assumed.SessionToken,
    };
  }
  return credentials;
}

function refuse(unsupported: readonly string[], where: string): void {
  if (unsupported.length > 0) {
    throw new Error(`${where}: the local provider does not implement ${unsupported.join(", ")}.`);
  }
}
