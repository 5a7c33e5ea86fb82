import { createHash } from "node:crypto";
import { AwsError } from "../service";
import { type Checksummed, checksum, isChecksumAlgorithm } from "./checksums";
import type { Target } from "./target";

const aboutChecksums: ReadonlySet<string> = new Set(["algorithm", "mode", "type"]);
const prefix = "x-amz-checksum-";

const isBase64Of = (text: string, bytes: number): boolean =>
  /^[A-Za-z0-9+/]+={0,2}$/.test(text) && Buffer.from(text, "base64").length === bytes;

const lengths: Readonly<Record<Checksummed, number>> = {
  CRC32: 4,
  CRC32C: 4,
  CRC64NVME: 8,
  MD5: 16,
  SHA1: 20,
  SHA256: 32,
  SHA512: 64,
};

/** Refuses a body that is not the one that `Content-MD5` or an `x-amz-checksum-*` header is of. Throws AwsError. */
export function checkContent({ headers, body }: Target): void {
  const md5 = headers["content-md5"];
  if (md5 !== undefined) checkMd5(md5, body);
  const checksums = Object.keys(headers).filter(
    (name) => name.startsWith(prefix) && !aboutChecksums.has(name.slice(prefix.length)),
  );
  if (checksums.length > 1) {
    throw invalid("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
  }
  const [name] = checksums;
  if (name !== undefined) checkChecksum(name, headers[name] ?? "", body);
}

const invalid = (message: string): AwsError => new AwsError("InvalidRequest", 400, message);

function checkMd5(given: string, body: Uint8Array): void {
  if (!isBase64Of(given, 16)) {
    throw new AwsError("InvalidDigest", 400, "The Content-MD5 you specified was invalid.", { "Content-MD5": given });
  }
  const computed = createHash("md5").update(body).digest("base64");
  if (computed === given) return;
  throw new AwsError("BadDigest", 400, "The Content-MD5 you specified did not match what we received.", {
    ExpectedDigest: given,
    CalculatedDigest: computed,
  });
}

function checkChecksum(header: string, given: string, body: Uint8Array): void {
  const algorithm = header.slice(prefix.length).toUpperCase();
  if (!isChecksumAlgorithm(algorithm)) {
    throw new AwsError("NotImplemented", 501, `A header you provided implies functionality that is not implemented`, {
      Header: header,
    });
  }
  if (!isBase64Of(given, lengths[algorithm])) throw invalid(`Value for ${header} header is invalid.`);
  if (checksum(algorithm, body) === given) return;
  throw new AwsError("BadDigest", 400, `The ${algorithm} you specified did not match the calculated checksum.`);
}
