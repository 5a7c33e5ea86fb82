import { createHmac, randomUUID } from "node:crypto";
import { type HttpAnswer, send } from "../../conformance/http";
import { amzDate, signingKey } from "../../conformance/sign";
import type { World } from "../../conformance/world";

/**
 * Uploads a few bytes as a browser's form does, with a policy that allows just these fields.
 *
 * Source: Amazon S3 API Reference, "Creating an HTML Form (Using AWS Signature Version 4)".
 */
export async function postForm(
  { server, credentials }: World,
  bucket: string,
  fields: Readonly<Record<string, string>>,
): Promise<HttpAnswer> {
  const at = new Date();
  const scope = { credentials, region: server.region, service: "s3", at };
  const { accessKeyId, sessionToken } = credentials;
  const all = {
    ...fields,
    "x-amz-algorithm": "AWS4-HMAC-SHA256",
    "x-amz-credential": `${accessKeyId}/${amzDate(at).slice(0, 8)}/${server.region}/s3/aws4_request`,
    "x-amz-date": amzDate(at),
    ...(sessionToken && { "x-amz-security-token": sessionToken }),
  };
  const expiration = new Date(at.getTime() + 300_000).toISOString();
  const conditions = [{ bucket }, ...Object.entries(all).map(([name, value]) => ({ [name]: value }))];
  const policy = Buffer.from(JSON.stringify({ expiration, conditions })).toString("base64");
  const signature = createHmac("sha256", signingKey(scope)).update(policy).digest("hex");
  const boundary = randomUUID();
  const field = (name: string, value: string): string =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const body = [
    ...Object.entries({ ...all, policy, "x-amz-signature": signature }).map(([name, value]) => field(name, value)),
    field('file"; filename="file', "body"),
    `--${boundary}--\r\n`,
  ].join("");
  return send(`${server.url}/${bucket}`, {
    method: "POST",
    headers: {
      host: server.url.replace(/^https?:\/\//, ""),
      "content-type": `multipart/form-data; boundary=${boundary}`,
    },
    body,
    ca: server.ca,
  });
}
