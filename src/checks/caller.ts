import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { forSettings } from "./settings-client";

export interface Caller {
  /** 12 digits. */
  readonly account: string;
  readonly arn: string;
}

/** @throws Error where AWS_CA_BUNDLE cannot be read */
export const stsClient = (configuration: Pick<STSClientConfig, "region" | "credentials">): STSClient =>
  new STSClient(forSettings(configuration));

/** Who the credentials are. Needs no permission: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html */
export async function callerIdentity(client: STSClient): Promise<Caller> {
  const { Account, Arn } = await client.send(new GetCallerIdentityCommand({}));
  if (Account === undefined || Arn === undefined) throw new Error("STS answered without an account");
  return { account: Account, arn: Arn };
}

/** In the shape that SDK clients take; they ask again shortly before the expiration. */
export interface TemporaryCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** A provider of credentials of a role, one session at a time. */
export function assumedRole(client: STSClient, roleArn: string): () => Promise<TemporaryCredentials> {
  return async () => {
    const { Credentials } = await client.send(
      new AssumeRoleCommand({ RoleArn: roleArn, RoleSessionName: `at-rest-${process.pid}` }),
    );
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = Credentials ?? {};
    if (AccessKeyId === undefined || SecretAccessKey === undefined || SessionToken === undefined || !Expiration) {
      throw new Error(`STS answered without credentials of ${roleArn}`);
    }
    return {
      accessKeyId: AccessKeyId,
      secretAccessKey: SecretAccessKey,
      sessionToken: SessionToken,
      expiration: Expiration,
    };
  };
}
