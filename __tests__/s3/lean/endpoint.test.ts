import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HeadObjectCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import type { HttpRequest } from "../../../local/service";
import { bucketEndpoint } from "../../../src/s3/lean/endpoint";
import { requestHandler } from "../../support/request-handler";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };

interface Case {
  readonly bucket?: string;
  readonly config?: S3ClientConfig;
  readonly environment?: Readonly<Record<string, string>>;
  /** Lines of the profile. */
  readonly profile?: readonly string[];
  readonly at: string;
  /** @default eu-west-1 */
  readonly signedFor?: string;
}

const cases: Readonly<Record<string, Case>> = {
  "a name in the host": { at: "https://acme-uploads.s3.eu-west-1.amazonaws.com" },
  "a name with dots in the path": { bucket: "acme.uploads", at: "https://s3.eu-west-1.amazonaws.com/acme.uploads" },
  "a name with an underscore in the path": {
    bucket: "acme_uploads",
    at: "https://s3.eu-west-1.amazonaws.com/acme_uploads",
  },
  "the first region": {
    config: { region: "us-east-1" },
    at: "https://acme-uploads.s3.us-east-1.amazonaws.com",
    signedFor: "us-east-1",
  },
  China: {
    config: { region: "cn-north-1" },
    at: "https://acme-uploads.s3.cn-north-1.amazonaws.com.cn",
    signedFor: "cn-north-1",
  },
  GovCloud: {
    config: { region: "us-gov-west-1" },
    at: "https://acme-uploads.s3.us-gov-west-1.amazonaws.com",
    signedFor: "us-gov-west-1",
  },
  "the European Sovereign Cloud": {
    config: { region: "eusc-de-east-1" },
    at: "https://acme-uploads.s3.eusc-de-east-1.amazonaws.eu",
    signedFor: "eusc-de-east-1",
  },
  "dual stack": {
    environment: { AWS_USE_DUALSTACK_ENDPOINT: "true" },
    at: "https://acme-uploads.s3.dualstack.eu-west-1.amazonaws.com",
  },
  FIPS: {
    config: { region: "us-gov-west-1" },
    environment: { AWS_USE_FIPS_ENDPOINT: "true" },
    at: "https://acme-uploads.s3-fips.us-gov-west-1.amazonaws.com",
    signedFor: "us-gov-west-1",
  },
  "FIPS and dual stack, with dots": {
    bucket: "acme.uploads",
    config: { region: "us-east-2" },
    environment: { AWS_USE_FIPS_ENDPOINT: "true", AWS_USE_DUALSTACK_ENDPOINT: "true" },
    at: "https://s3-fips.dualstack.us-east-2.amazonaws.com/acme.uploads",
    signedFor: "us-east-2",
  },
  "a region that says FIPS itself": {
    config: { region: "fips-us-gov-west-1" },
    at: "https://acme-uploads.s3-fips.us-gov-west-1.amazonaws.com",
    signedFor: "us-gov-west-1",
  },
  "another endpoint": {
    config: { endpoint: "https://s3.example.com:9000" },
    at: "https://acme-uploads.s3.example.com:9000",
  },
  "another endpoint, by path": {
    config: { endpoint: "http://127.0.0.1:8000/s3/", forcePathStyle: true },
    at: "http://127.0.0.1:8000/s3/acme-uploads",
  },
  "an address, which has no names": {
    config: { endpoint: "http://127.0.0.1:8000" },
    at: "http://127.0.0.1:8000/acme-uploads",
  },
  "dots on plain HTTP, where no certificate minds": {
    bucket: "acme.uploads",
    config: { endpoint: "http://s3.example.com" },
    at: "http://acme.uploads.s3.example.com",
  },
  "a VPC endpoint": {
    config: { endpoint: "https://bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com" },
    at: "https://acme-uploads.bucket.vpce-1a2b3c4d-5e6f.s3.us-east-1.vpce.amazonaws.com",
  },
  "dual stack and FIPS from the profile": {
    config: { region: "us-east-2" },
    profile: ["use_dualstack_endpoint = true", "use_fips_endpoint = true"],
    at: "https://acme-uploads.s3-fips.dualstack.us-east-2.amazonaws.com",
    signedFor: "us-east-2",
  },
  "an endpoint from the profile": {
    profile: ["endpoint_url = http://127.0.0.1:3"],
    at: "http://127.0.0.1:3/acme-uploads",
  },
  "an endpoint from the environment": {
    environment: { AWS_ENDPOINT_URL: "http://127.0.0.1:1", AWS_ENDPOINT_URL_S3: "http://127.0.0.1:2" },
    at: "http://127.0.0.1:2/acme-uploads",
  },
};

const saved = { ...process.env };
beforeEach(() => {
  for (const name of Object.keys(process.env)) if (/^AWS_(?!SDK_JS)/.test(name)) delete process.env[name];
  process.env["AWS_CONFIG_FILE"] = "/dev/null";
  process.env["AWS_SHARED_CREDENTIALS_FILE"] = "/dev/null";
});
afterEach(() => {
  process.env = { ...saved };
});

const client = (config: S3ClientConfig = {}, handle?: (request: HttpRequest) => void): S3Client =>
  new S3Client({
    region: "eu-west-1",
    credentials,
    ...config,
    requestHandler: requestHandler(async (request) => {
      handle?.(request);
      return { status: 200, headers: {}, body: Buffer.alloc(0) };
    }),
  });

describe.each(Object.entries(cases))(
  "%s",
  (_, { bucket = "acme-uploads", config, environment, profile, at, signedFor = "eu-west-1" }) => {
    const directory = mkdtempSync(join(tmpdir(), "endpoint-"));
    afterAll(() => rmSync(directory, { recursive: true }));

    beforeEach(() => {
      Object.assign(process.env, environment);
      if (!profile) return;
      const file = join(directory, "config");
      writeFileSync(file, ["[default]", ...profile].join("\n"));
      process.env["AWS_CONFIG_FILE"] = file;
    });

    test(`is ${at}`, async () => {
      const { origin, host, path, signingRegion } = await bucketEndpoint(client(config), bucket);
      expect(`${origin}${path}`).toBe(at);
      expect(host).toBe(new URL(at).host);
      expect(signingRegion).toBe(signedFor);
    });

    test("is where the SDK goes, and what it signs for", async () => {
      const requests: HttpRequest[] = [];
      await client(config, (request) => requests.push(request)).send(
        new HeadObjectCommand({ Bucket: bucket, Key: "a/b" }),
      );
      expect(requests.map(({ url }) => url)).toEqual([`${at}/a/b`]);
      expect(requests[0]?.headers["authorization"]).toContain(`/${signedFor}/s3/aws4_request`);
    });
  },
);

test("what the rules refuse is refused", async () => {
  const fips = client({ region: "cn-north-1", useFipsEndpoint: true });
  await expect(bucketEndpoint(fips, "acme-uploads")).rejects.toThrow("Partition does not support FIPS");
});

test("a directory bucket, which wants other signatures, is refused", async () => {
  await expect(bucketEndpoint(client({ region: "us-west-2" }), "acme--usw2-az1--x-s3")).rejects.toThrow(
    "--transport sdk",
  );
});
