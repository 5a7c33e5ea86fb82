import type { S3Client } from "@aws-sdk/client-s3";

/** Where the requests to one bucket go, and for which region they are signed. */
export interface BucketEndpoint {
  /** Scheme, name and port. */
  readonly origin: string;
  /** As in the `Host` header. */
  readonly host: string;
  /** What stands before `/<key>`: empty where the bucket is part of the host's name. */
  readonly path: string;
  readonly signingRegion: string;
}

async function customEndpoint({ config }: S3Client): Promise<string | undefined> {
  const given = await config.endpoint?.();
  if (!given) return config.serviceConfiguredEndpoint?.(); // AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's
  return `${given.protocol}//${given.hostname}${given.port ? `:${given.port}` : ""}${given.path}`;
}

const signingRegionOf = (scheme: unknown): unknown =>
  typeof scheme === "object" &&
  scheme !== null &&
  "name" in scheme &&
  scheme.name === "sigv4" &&
  "signingRegion" in scheme
    ? scheme.signingRegion
    : undefined;

/**
 * By the SDK's own rules for names and paths, dual stack, FIPS, partitions and custom endpoints, from the client's
 * configuration, the environment and the profile.
 *
 * @throws Error where the rules refuse the combination, and for buckets that take another signature than Version 4
 */
export async function bucketEndpoint(client: S3Client, bucket: string): Promise<BucketEndpoint> {
  const { config } = client;
  const Endpoint = await customEndpoint(client);
  const { url, properties } = config.endpointProvider({
    Bucket: bucket,
    Region: await config.region(),
    UseFIPS: await config.useFipsEndpoint(),
    UseDualStack: await config.useDualstackEndpoint(),
    // A certificate for *.s3.amazonaws.com does not cover a name with dots.
    ForcePathStyle: config.forcePathStyle || (bucket.includes(".") && !Endpoint?.startsWith("http:")),
    Endpoint,
  });
  const schemes: readonly unknown[] = Array.isArray(properties?.["authSchemes"]) ? properties["authSchemes"] : [];
  const signingRegion = schemes.map(signingRegionOf).find((region) => typeof region === "string");
  if (signingRegion === undefined)
    throw new Error(`s3://${bucket} takes other signatures than Version 4: use --transport sdk.`);
  return { origin: url.origin, host: url.host, path: url.pathname.replace(/\/$/, ""), signingRegion };
}
