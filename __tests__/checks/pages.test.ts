import { CloudWatchClient, GetMetricDataCommand } from "@aws-sdk/client-cloudwatch";
import { KMSClient, ListAliasesCommand, ListGrantsCommand } from "@aws-sdk/client-kms";
import { ListBucketMetricsConfigurationsCommand, ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { gatherKeyUse } from "../../src/checks/key-usage/gather";
import { listBuckets } from "../../src/checks/list-buckets";
import { known } from "../../src/checks/preflight/looked";
import { requestMetrics } from "../../src/checks/preflight/request-metrics";

const region = "eu-west-1";

/** An account with more buckets than a page has. */
function account(pages: readonly (readonly string[])[]): S3Client {
  const client = new S3Client({ region });
  const send = async (command: unknown): Promise<object> => {
    if (!(command instanceof ListBucketsCommand)) throw new Error("asked something else");
    const page = Number(command.input.ContinuationToken ?? 0);
    const Buckets = pages[page]?.map((Name) => ({ Name, BucketRegion: command.input.BucketRegion }));
    return { Buckets, ContinuationToken: page + 1 < pages.length ? String(page + 1) : undefined };
  };
  return Object.assign(client, { send });
}

test("buckets of every page are listed, and a page may be empty", async () => {
  const found = await listBuckets(account([["acme-a", "acme-b"], [], ["acme-c"]]), region);
  expect(found.map(({ Name, BucketRegion }) => `${Name} ${BucketRegion}`)).toEqual([
    "acme-a eu-west-1",
    "acme-b eu-west-1",
    "acme-c eu-west-1",
  ]);
});

test("grants and aliases of every page are a key's use", async () => {
  const client = new KMSClient({ region });
  const send = async (command: { readonly input: { readonly Marker?: string } }): Promise<object> => {
    const page = Number(command.input.Marker ?? 0);
    const more = page === 0 ? { Truncated: true, NextMarker: "1" } : { Truncated: false };
    if (command instanceof ListGrantsCommand) {
      return { ...more, Grants: [{ GrantId: `grant-${page}`, GranteePrincipal: "ec2", Operations: ["Decrypt"] }] };
    }
    if (command instanceof ListAliasesCommand) return { ...more, Aliases: [{ AliasName: `alias/${page}` }] };
    return { KeyMetadata: { KeyState: "Enabled" } };
  };
  const arn = "arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d-0000-4000-8000-000000000001";
  const { grants, aliases } = await gatherKeyUse(Object.assign(client, { send }), arn);
  expect(known(grants)?.map(({ name }) => name)).toEqual(["grant-0", "grant-1"]);
  expect(known(aliases)).toEqual(["alias/0", "alias/1"]);
});

test("the configuration that counts the whole bucket, and its busiest minute, may be on a later page", async () => {
  const ofS3 = async (command: unknown): Promise<object> => {
    if (!(command instanceof ListBucketMetricsConfigurationsCommand)) throw new Error("asked something else");
    return command.input.ContinuationToken === "next"
      ? { IsTruncated: false, MetricsConfigurationList: [{ Id: "whole" }] }
      : {
          IsTruncated: true,
          NextContinuationToken: "next",
          MetricsConfigurationList: [{ Id: "part", Filter: { Prefix: "logs/" } }],
        };
  };
  const ofCloudWatch = async (command: unknown): Promise<object> => {
    if (!(command instanceof GetMetricDataCommand)) throw new Error("asked something else");
    const first = command.input.NextToken === undefined;
    const minute = new Date(first ? 0 : 60_000);
    return {
      NextToken: first ? "next" : undefined,
      MetricDataResults: [{ Id: "reads", Timestamps: [minute], Values: [first ? 60 : 120] }],
    };
  };
  const reader = {
    client: Object.assign(new S3Client({ region }), { send: ofS3 }),
    ...{ bucket: "acme-a", expectedBucketOwner: "111111111111" },
  };
  const cloudWatch = Object.assign(new CloudWatchClient({ region }), { send: ofCloudWatch });
  expect(known(await requestMetrics(reader, cloudWatch, 120_000))).toEqual({ reads: 2, writes: 0 });
});
