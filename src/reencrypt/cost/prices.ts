/** US dollars. A GB is 1,024^3 bytes, as on AWS's bill. */
export interface ClassPrices {
  /** 1,000 PUT, COPY, POST or LIST requests. */
  readonly writes: number;
  /** 1,000 GET and all other requests. */
  readonly reads: number;
  /** A GB that is read or copied. */
  readonly retrieval: number;
  /** A GB for a month. */
  readonly storage: number;
}

/** US dollars, without taxes, discounts and free tiers. */
export interface PriceList {
  readonly region: string;
  /** Year and month of the oldest of these prices. */
  readonly asOf: string;
  readonly source: readonly string[];
  /** By the name that S3 has for the storage class. */
  readonly classes: Readonly<Record<string, ClassPrices>>;
  /** 10,000 requests to KMS. */
  readonly kms: number;
  readonly batchJob: number;
  /** 1,000,000 objects of a job. */
  readonly batchObjects: number;
  /** 1,000,000 objects that S3 looks at for a job's manifest. */
  readonly batchManifest: number;
}

const standard: ClassPrices = { writes: 0.005, reads: 0.0004, retrieval: 0, storage: 0.023 };

/**
 * The prices of us-east-1, where most of them are lowest. Other regions differ by up to about two thirds.
 *
 * Of storage and of the requests to S3 Standard they are from a copy of AWS's price list of that month, of all else as
 * S3's pages have had them for years. Nothing here is fetched: what holds is on the pages named as source.
 */
export const virginia: PriceList = {
  region: "us-east-1",
  asOf: "2025-10",
  source: ["https://aws.amazon.com/s3/pricing/", "https://aws.amazon.com/kms/pricing/"],
  classes: {
    STANDARD: standard,
    INTELLIGENT_TIERING: standard,
    STANDARD_IA: { writes: 0.01, reads: 0.001, retrieval: 0.01, storage: 0.0125 },
    ONEZONE_IA: { writes: 0.01, reads: 0.001, retrieval: 0.01, storage: 0.01 },
    GLACIER_IR: { writes: 0.02, reads: 0.01, retrieval: 0.03, storage: 0.004 },
    // Copied only once they are restored, and the restore has been paid for then.
    GLACIER: { writes: 0.03, reads: 0.0004, retrieval: 0, storage: 0.0036 },
    DEEP_ARCHIVE: { writes: 0.05, reads: 0.0004, retrieval: 0, storage: 0.00099 },
  },
  kms: 0.03,
  batchJob: 0.25,
  batchObjects: 1,
  batchManifest: 0.015,
};

/** Those of S3 Standard for a class that the list does not have. */
export const classPrices = ({ classes }: PriceList, storageClass: string | null): ClassPrices =>
  classes[storageClass ?? "STANDARD"] ?? standard;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-class-intro.html, "Minimum storage duration" */
const daysOfClass: Readonly<Record<string, number>> = {
  STANDARD_IA: 30,
  ONEZONE_IA: 30,
  GLACIER_IR: 90,
  GLACIER: 90,
  DEEP_ARCHIVE: 180,
};

/** Days for which an object is paid for, also where it is deleted or overwritten earlier. */
export const minimumDays = (storageClass: string | null): number => daysOfClass[storageClass ?? "STANDARD"] ?? 0;
