import { classPrices, type PriceList, virginia } from "./prices";

/** What one object costs a run in requests. */
export interface Work {
  /** HEAD and GET. */
  readonly reads: number;
  /** PUT, COPY and UpdateObjectEncryption. */
  readonly writes: number;
  /** How many of them wait for one another. */
  readonly rounds: number;
  /** Of S3 in the caller's name; a bucket key saves up to 99 of 100. */
  readonly kms: number;
  /** Times that the bucket is listed. */
  readonly sweeps: number;
}

/** Where a run goes on, and what bounds it there. */
export interface Place {
  /** Objects at the same time. */
  readonly concurrency: number;
  /** From a request to its answer. */
  readonly latencyMs: number;
  /** Prefixes that S3 has split the bucket into. */
  readonly partitions: number;
  /** Share of S3's and KMS's rates that the applications leave over. */
  readonly share: number;
  /** Symmetric cryptographic requests a second, of account and Region. */
  readonly kmsQuota: number;
  /** User and system, an object, of the process that converts. */
  readonly cpuMicroseconds: number;
  readonly dollarsAnHour: number;
}

/** US dollars. */
export interface Prices {
  /** When they were looked up. */
  readonly asOf: string;
  /** 1,000 PUT, COPY, POST or LIST requests to S3 Standard. */
  readonly writes: number;
  /** 1,000 GET and all other requests. */
  readonly reads: number;
  /** 10,000 requests to KMS. */
  readonly kms: number;
  readonly batchJob: number;
  /** 1,000,000 objects of a job. */
  readonly batchObjects: number;
  /** 1,000,000 objects that S3 looks at for a job's manifest. */
  readonly batchManifest: number;
}

/** Of a price list what small objects of S3 Standard need. */
export function standardPrices(list: PriceList): Prices {
  const { writes, reads } = classPrices(list, "STANDARD");
  return { ...list, writes, reads };
}

/** us-east-1. What holds is https://aws.amazon.com/s3/pricing/ and https://aws.amazon.com/kms/pricing/ */
export const pricesOfVirginia: Prices = standardPrices(virginia);

/** A second, of each partitioned prefix. https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
const partitionRates = { writes: 3_500, reads: 5_500 };
const pageLength = 1_000;

/** Look, change, look again; then every object is looked at once more, for what came meanwhile. */
export const byUpdate: Work = { reads: 3, writes: 1, rounds: 4, kms: 0.01, sweeps: 2 };
/** With the tags of before and after, each asked for once HEAD has said which version they have to be of. */
export const byCopy: Work = { reads: 5, writes: 1, rounds: 6, kms: 0, sweeps: 2 };

export const limits = ["processor", "latency", "S3 writes", "S3 reads", "KMS quota"] as const;
export type Limit = (typeof limits)[number];

export interface Prediction {
  readonly objectsPerSecond: number;
  readonly limitedBy: Limit;
  readonly seconds: number;
  /** For requests, without the machine. */
  readonly dollars: number;
  readonly dollarsOfMachine: number;
}

const ratesOf = (work: Work, place: Place): Readonly<Record<Limit, number>> => ({
  processor: 1e6 / place.cpuMicroseconds,
  latency: (place.concurrency * 1000) / (work.rounds * place.latencyMs),
  "S3 writes": (place.partitions * place.share * partitionRates.writes) / work.writes,
  "S3 reads": (place.partitions * place.share * partitionRates.reads) / work.reads,
  "KMS quota": (place.share * place.kmsQuota) / work.kms,
});

const requestDollars = (objects: number, { reads, writes, kms, sweeps }: Work, prices: Prices): number =>
  objects * ((reads * prices.reads) / 1e3 + (writes * prices.writes) / 1e3 + (kms * prices.kms) / 1e4) +
  Math.ceil(objects / pageLength) * sweeps * (prices.writes / 1e3);

/**
 * How long a run of one process takes and what it costs, for small objects.
 *
 * Every bound is taken for itself and the lowest one counts, so that it is the best case: S3 reaches a partition's rate
 * only by and by, and nothing is throttled here. Lists are left out of the time, since they run ahead.
 */
export function predict(objects: number, work: Work, place: Place, prices: Prices): Prediction {
  const rates = ratesOf(work, place);
  const limitedBy = limits.reduce((lowest, limit) => (rates[limit] < rates[lowest] ? limit : lowest));
  const objectsPerSecond = rates[limitedBy];
  const seconds = objects / objectsPerSecond;
  return {
    objectsPerSecond,
    limitedBy,
    seconds,
    dollars: requestDollars(objects, work, prices),
    dollarsOfMachine: (seconds / 3600) * place.dollarsAnHour,
  };
}

/** What S3 Batch Operations asks for one job, with a manifest that it makes itself, and for a look at each object afterwards. */
export function batchOperationsDollars(objects: number, { kms }: Work, prices: Prices): number {
  const fees = prices.batchJob + (objects / 1e6) * (prices.batchObjects + prices.batchManifest);
  return fees + requestDollars(objects, { reads: 1, writes: 1, rounds: 0, kms, sweeps: 1 }, prices);
}

/** Objects from which on the job costs less than the requests of a run. Nothing where it never does. */
export function cheaperByBatchOperationsFrom(work: Work, prices: Prices): number | undefined {
  const many = 1e9; // a whole number of pages
  const fees = batchOperationsDollars(many, work, prices) - prices.batchJob;
  const saved = (requestDollars(many, work, prices) - fees) / many;
  return saved > 0 ? Math.ceil(prices.batchJob / saved) : undefined;
}

/** Objects from which one process takes longer than so many hours: then a managed job is the better engine. */
export const objectsWithin = (hours: number, work: Work, place: Place, prices: Prices): number =>
  Math.floor(predict(1, work, place, prices).objectsPerSecond * hours * 3600);
