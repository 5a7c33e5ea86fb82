import { S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { renewExpiredSessions } from "./sdk-renewal";
import { sdkRequestHandler } from "./sdk-request-handler";

export interface S3ClientProps {
  readonly region: string;
  /** @default AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or AWS itself */
  readonly endpointUrl?: string;
  /** @default the SDK's chain: environment, profile, instance role, ... */
  readonly credentials?: S3ClientConfig["credentials"];
  /** Requests at the same time: each one has its socket. */
  readonly concurrency: number;
  /**
   * Attempts a call, with the SDK's own pauses in between: for looks at settings, which no pipeline tries again.
   *
   * @default 1
   */
  readonly attempts?: number;
  /** For a bucket of which the Region is not known. @default false: a request to another Region is an error */
  readonly followRegionRedirects?: boolean;
  /** Takes the place of the network. @default that of `sdkRequestHandler` */
  readonly requestHandler?: S3ClientConfig["requestHandler"];
}

const ownHosts = /(^|\.)(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu)$/;

/** The endpoint, where it is somebody else's than AWS. */
export function foreignEndpoint(endpointUrl: string | undefined): string | undefined {
  const url = endpointUrl ?? (process.env["AWS_ENDPOINT_URL_S3"] || process.env["AWS_ENDPOINT_URL"] || undefined);
  return url !== undefined && !ownHosts.test(new URL(url).hostname) ? url : undefined;
}

/** Of what is asked before a run, in seconds rather than minutes. */
export const ATTEMPTS_OF_SETTINGS = 6;

/**
 * An S3 client that tries once unless it is told otherwise: what is tried again, and when, is the pipeline's to decide.
 *
 * @throws Error where AWS_CA_BUNDLE cannot be read
 */
export function s3Client(props: S3ClientProps): S3Client {
  const { region, endpointUrl, credentials, concurrency, attempts = 1, followRegionRedirects, requestHandler } = props;
  const client = new S3Client({
    followRegionRedirects,
    region,
    endpoint: endpointUrl,
    // Other servers seldom have a name for each bucket.
    forcePathStyle: foreignEndpoint(endpointUrl) !== undefined,
    credentials,
    maxAttempts: attempts,
    cacheMiddleware: true,
    expectContinueHeader: false, // undici sends none
    // Object copies in parts, and looks at tags and ACL, run several requests for one object.
    requestHandler: requestHandler ?? sdkRequestHandler({ connections: concurrency * 4 }),
  });
  renewExpiredSessions(client);
  return client;
}
