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

/** What clients send with: those of roles take the administrator's, so that a role costs no TLS handshake. */
export type Connections = S3["config"]["requestHandler"];

/** The SDK as it comes, one attempt a call where the server is on this machine. */
export function clientsOf(server: Server, credentials: Credentials, connections?: Connections): Clients {
  const connection = connections ?? {
    httpsAgent: { keepAlive: true, maxSockets: 50, ...(server.ca && { ca: server.ca }) },
  };
  const common = {
    region: server.region,
    credentials,
    maxAttempts: server.settling === 0 ? 1 : 5,
    requestHandler: connection,
    ...(server.oneAddress && { endpoint: server.url }),
  };
  const clients = {
    // Where the SDK asks whether it may continue it takes a connection that does not know the authority.
    s3: new S3({ ...common, endpoint: server.url, forcePathStyle: true, expectContinueHeader: false }),
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
