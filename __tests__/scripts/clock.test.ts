import { HeadBucketCommand } from "@aws-sdk/client-s3";
import { createLocalAws } from "../../local/aws";
import { clockOf } from "../../scripts/commands/support/clock";
import { s3Client } from "../../src/s3/clients";
import { account } from "../support/legacy-bucket";
import { requestHandler } from "../support/request-handler";

test.each([-2, 2])("a machine whose clock is %i hours from S3's goes by S3's once S3 has answered", async (hours) => {
  const offset = hours * 3_600_000;
  const now = () => Date.now() + offset;
  const aws = createLocalAws({ now });
  const credentials = aws.addAccount(account);
  const client = s3Client({
    ...{ region: "eu-west-1", credentials, concurrency: 1, attempts: 3 },
    requestHandler: requestHandler(async (request) => {
      const response = await aws.handle(request);
      return { ...response, headers: { ...response.headers, date: new Date(now()).toUTCString() } };
    }),
  });
  await client.send(new HeadBucketCommand({ Bucket: "none-of-this-name" })).catch(() => undefined);
  expect(Math.abs(clockOf(client).now() - Date.now() - offset)).toBeLessThan(60_000);
});
