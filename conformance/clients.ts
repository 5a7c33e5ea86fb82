import { IAM } from "@aws-sdk/client-iam";
import { KMS } from "@aws-sdk/client-kms";
import { S3 } from "@aws-sdk/client-s3";
import { STS } from "@aws-sdk/client-sts";
import type { Server } from "./server";
import type { Credentials } from "./sign";

export interface Clients {
  readonly s3: S3;
  readonly kms: KMS;
  readonly sts: STS;
  readonly iam: IAM;
  readonly credentials: Credentials;
  destroy(): void;
}

/** The SDK as it comes, one attempt a call where the server is on this machine. */
export function clientsOf(server: Server, credentials: Credentials, url = server.url): Clients {
  const connection = { httpsAgent: { keepAlive: true, maxSockets: 50, ...(server.ca && { ca: server.ca }) } };
  const common = {
    region: server.region,
    credentials,
    maxAttempts: server.settling === 0 ? 1 : 5,
    requestHandler: connection,
    ...(server.oneAddress && { endpoint: url }),
  };
  const clients = {
    // Where the SDK asks whether it may continue it takes a connection that does not know the authority.
    s3: new S3({ ...common, endpoint: url, forcePathStyle: true, expectContinueHeader: false }),
    kms: new KMS(common),
    sts: new STS(common),
    iam: new IAM(common),
  };
  return {
    ...clients,
    credentials,
    destroy: () => {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}
