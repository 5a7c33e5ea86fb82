import type { SeededObject } from "../../local/s3/seed";
import { keyOf } from "./keys";

const contents = "0123456789abcdef".repeat(64);

/** One object of a bucket as years of use leave it: every so often one carries what careless copies lose. */
export const seededObject = (bucket: string, number: number, ownerId: string, partnerId: string): SeededObject => ({
  bucket,
  key: keyOf(number),
  body: `${number} ${contents}`,
  contentType: number % 3 === 0 ? "application/json" : "text/plain; charset=utf-8",
  ...(number % 5 === 0 && { metadata: { "uploaded-by": "jane", ticket: `T-${number}` } }),
  ...(number % 7 === 0 && { tags: { team: "web", sensitivity: number % 2 ? "high" : "low or none" } }),
  ...(number % 11 === 0 && { storageClass: "STANDARD_IA" as const }),
  ...(number % 13 === 0 && { headers: { CacheControl: "max-age=3600", ContentLanguage: "en" } }),
  ...(number % 17 === 0 && {
    grants: [
      { Grantee: { Type: "CanonicalUser" as const, ID: ownerId }, Permission: "FULL_CONTROL" as const },
      { Grantee: { Type: "CanonicalUser" as const, ID: partnerId }, Permission: "READ" as const },
    ],
  }),
  ...(number % 19 === 0 && { websiteRedirectLocation: "/moved/to/here" }),
});
