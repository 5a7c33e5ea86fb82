import { isS3Control } from "./codec/s3-control";
import { isServiceName, protocols, type ServiceName } from "./codec/services";
import { ConnectionReset } from "./faults/answers";
import { calm, type Disturbance, Faults } from "./faults/faults";
import type { FaultName, FaultPlan } from "./faults/plan";
import { type Authenticated, authenticate, type KnownKey } from "./http/authenticate";
import { checkContent } from "./http/content";
import { inWordsOf } from "./http/refusals";
import { readSignature, type Signature } from "./http/signature";
import { type Target, targetOf } from "./http/target";
import { addAccount, findAccessKey } from "./identity/accounts";
import { iamOperations, stsOperations } from "./identity/operations";
import { createIdentityState } from "./identity/state";
import { kmsOperations } from "./kms/operations";
import { createKmsState } from "./kms/state";
import { newRequestId } from "./request-id";
import { bucketOperations } from "./s3/bucket-operations";
import { writeInventory } from "./s3/inventory";
import { objectOperations } from "./s3/object-operations";
import { type SeededKeys, type SeededObject, seedKeys, seedObject } from "./s3/seed";
import { createS3State } from "./s3/state";
import { createExposureState, exposureOperations } from "./s3-control/exposure";
import { s3ControlOperations } from "./s3-control/operations";
import { createJobsState } from "./s3-control/state";
import {
  AwsError,
  type Caller,
  type Context,
  type HttpRequest,
  type HttpResponse,
  type Operations,
  type State,
  type Step,
} from "./service";

/** One answered request. Without headers and query values: those can hold credentials. */
export interface LogEntry {
  readonly requestId: string;
  readonly service: ServiceName;
  /** Absent where no operation has this method and address. */
  readonly operation?: string;
  readonly method: string;
  readonly path: string;
  /** As the request addresses them. */
  readonly bucket?: string;
  readonly key?: string;
  /** When it was answered: milliseconds since the epoch, by this AWS's clock. */
  readonly at: number;
  /** 0 where the connection was reset instead of an answer. */
  readonly status: number;
  /** Of an error. */
  readonly code?: string;
  /** What the fault plan did to it. */
  readonly injected?: FaultName;
  /** A mistake in this AWS itself, which the client saw as InternalError. */
  readonly fault?: unknown;
}

export interface LocalAwsOptions {
  /**
   * Milliseconds since the epoch: the time of signatures, LastModified, retention and all else.
   *
   * @default Date.now
   */
  readonly now?: () => number;
  /**
   * Awaited between the reading and the committing of a copy, so that a test can come in between.
   *
   * @default nothing comes in between
   */
  readonly step?: (step: Step) => Promise<void>;
  /**
   * How stalls and late answers of a fault plan wait.
   *
   * @default by the timers of this process
   */
  readonly sleep?: (milliseconds: number) => Promise<void>;
  /** @default nothing goes wrong */
  readonly faults?: FaultPlan;
  /** @default nothing is logged but faults, which go to stderr */
  readonly log?: (entry: LogEntry) => void;
  /**
   * Keys, versions and prefixes in one page of a listing: S3 "might contain fewer keys but will never contain more" than
   * were asked for (API Reference, ListObjectsV2).
   *
   * @default 1,000, which S3 itself never exceeds
   */
  readonly largestPage?: number;
  /** @default "aws" */
  readonly partition?: string;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface LocalAws {
  /**
   * Answers one request, whatever it is. Rejects only where the fault plan resets the connection: ConnectionReset.
   *
   * @param slowly told by a fault plan to let the headers take so many milliseconds; left out, the whole answer comes late
   */
  handle(request: HttpRequest, slowly?: (milliseconds: number) => void): Promise<HttpResponse>;
  readonly state: State;
  /** What goes wrong from now on. Setting it begins the plan anew; throws an Error if the plan makes no sense. */
  faults: FaultPlan | undefined;
  /** Opens an account (12 digits) if it is not there, and gives a new key of its administrator. */
  addAccount(accountId: string): Credentials;
  /** Puts an object as its bucket's owner: above all one that is too large to send. */
  seedObject(object: SeededObject): void;
  /** Fills an empty bucket with millions of objects of which only what is changed takes memory. */
  seedKeys(keys: SeededKeys): void;
  /** Writes an inventory now, and tells where its `manifest.json` is. S3 does that once a day or a week. */
  writeInventory(bucket: string, id: string): Promise<{ readonly bucket: string; readonly key: string }>;
}

const operations: Readonly<Record<ServiceName, Operations>> = {
  s3: { ...bucketOperations, ...objectOperations },
  s3control: { ...s3ControlOperations, ...exposureOperations },
  kms: kmsOperations,
  sts: stsOperations,
  iam: iamOperations,
};

const isOperation = (name: string): boolean => Object.values(operations).some((table) => Object.hasOwn(table, name));

/** Bytes of a request to KMS, STS or IAM: the largest policy, escaped, fits several times. */
const largestCall = 1024 * 1024;

const defaultRegion = "us-east-1";
const s3Itself: Caller = { is: "service", service: "s3.amazonaws.com" };

const logFault = ({ fault, operation }: LogEntry): void => {
  if (fault !== undefined) console.error(`local AWS: ${operation ?? "request"} failed:`, fault);
};

/** An AWS of one process: S3, KMS, IAM and STS, all in memory, behind the wire formats of the real one. */
export function createLocalAws({
  now = Date.now,
  step = async () => {},
  sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  faults: plan,
  log = logFault,
  largestPage,
  partition = "aws",
}: LocalAwsOptions = {}): LocalAws {
  const state: State = {
    s3: createS3State(largestPage),
    kms: createKmsState(),
    identity: createIdentityState(partition),
    jobs: createJobsState(),
    exposure: createExposureState(),
  };

  const started = (chosen: FaultPlan | undefined): Faults | undefined => {
    for (const name of Object.keys(chosen?.rates ?? {})) {
      if (name !== "*" && !isOperation(name)) throw new Error(`A fault plan's rates: there is no operation ${name}.`);
    }
    return chosen && new Faults(chosen, now(), sleep);
  };
  let faults = started(plan);

  const findKey = ({ accessKeyId, sessionToken }: Signature): KnownKey => {
    const found = findAccessKey(state.identity, accessKeyId, sessionToken, now());
    switch (found.is) {
      case "found":
        return found.key;
      case "unknown":
        throw new AwsError(
          "InvalidAccessKeyId",
          403,
          "The AWS Access Key Id you provided does not exist in our records.",
          { AWSAccessKeyId: accessKeyId },
        );
      case "expired":
        throw new AwsError("ExpiredToken", 400, "The provided token has expired.");
      case "wrongToken":
        throw new AwsError("InvalidToken", 400, "The provided token is malformed or otherwise invalid.");
    }
  };

  const contextOf = (
    request: HttpRequest,
    { caller, signature, target }: Authenticated,
    region: string,
    requestId: string,
    disturbance: Disturbance,
  ): Context => ({
    state,
    caller,
    requestId,
    now: now(),
    region,
    partition,
    request: { ...request, headers: target.headers, body: target.body },
    secure: target.secure,
    sourceIp: "127.0.0.1",
    signature,
    step,
    disturbance,
  });

  const disturbed = (
    { target, caller }: Authenticated,
    service: ServiceName,
    operation: string,
    region: string,
    slowly: ((milliseconds: number) => void) | undefined,
  ): Disturbance => {
    const { method, bucket, key = target.query.get("prefix") ?? undefined } = target;
    const { arn = "", account = "" } = caller.is === "anonymous" || caller.is === "service" ? {} : caller;
    const request = { service, operation, method, bucket, key, caller: arn, account, region, now: now() };
    return faults?.disturb(request, slowly) ?? calm;
  };

  const ownContext = (): Context => {
    const request = { method: "PUT", url: "https://localhost/", headers: {} };
    const itself = { caller: s3Itself, signature: { type: "none" as const }, target: targetOf(request) };
    return contextOf(request, itself, defaultRegion, newRequestId("s3"), calm);
  };

  const handle = async (request: HttpRequest, slowly?: (milliseconds: number) => void): Promise<HttpResponse> => {
    let service: ServiceName = "s3";
    let operation: string | undefined;
    let addressed: Pick<Target, "bucket" | "key"> = {};
    let disturbance = calm;
    let requestId = newRequestId(service);
    const path = request.url.replace(/^\w+:\/\/[^/?]*|\?.*$/g, "");
    const logged = (status: number, code?: string, fault?: unknown): void => {
      const { method } = request;
      const { fault: injected } = disturbance;
      const { bucket, key } = addressed;
      log({ requestId, service, operation, method, path, bucket, key, at: now(), status, code, injected, fault });
    };
    try {
      const target = targetOf(request);
      addressed = target;
      const signature = readSignature(target);
      service = serviceOf(target, signature);
      if (service !== "s3") requestId = newRequestId(service);
      if (service !== "s3" && target.body.length > largestCall) throw callTooLarge();
      const authenticated = authenticate(target, signature, now(), findKey);
      if (service !== "s3" && authenticated.caller.is === "anonymous") {
        throw new AwsError("MissingAuthenticationToken", 403, "Request is missing Authentication Token");
      }
      const shape = protocols[service].find(authenticated.target);
      operation = shape?.name;
      const run = shape && operations[service][shape.name];
      if (!shape || !run) throw notImplemented(operation ?? `${request.method} ${path}`);
      // The checksum in CompleteMultipartUpload's headers is that of the object, not of the body.
      if (service === "s3" && operation !== "CompleteMultipartUpload") checkContent(authenticated.target);
      const input = protocols[service].read(shape, authenticated.target);
      const region = signature?.region ?? target.region ?? defaultRegion;
      disturbance = disturbed(authenticated, service, shape.name, region, slowly);
      if (disturbance !== calm) await disturbance.before();
      const context = contextOf(request, authenticated, region, requestId, disturbance);
      let output: Record<string, unknown> | undefined;
      try {
        output = await run(context, input);
      } finally {
        if (disturbance !== calm) await disturbance.after(); // refusals are late and lost as well
      }
      const response = protocols[service].write(shape, output ?? {}, requestId);
      logged(response.status);
      return response;
    } catch (thrown) {
      if (thrown instanceof ConnectionReset) {
        logged(0);
        throw thrown;
      }
      const fault = thrown instanceof AwsError ? undefined : thrown;
      const error = inWordsOf(service, thrown instanceof AwsError ? thrown : internalError());
      const response = protocols[service].refuse(error, request, requestId);
      logged(response.status, error.code, fault);
      return response;
    }
  };

  return {
    handle,
    state,
    get faults() {
      return plan;
    },
    set faults(chosen) {
      faults = started(chosen);
      plan = chosen;
    },
    addAccount: (accountId) => {
      const { accessKeyId, secretAccessKey } = addAccount(state.identity, accountId, now());
      return { accessKeyId, secretAccessKey };
    },
    seedObject: (object) => {
      seedObject(ownContext(), object);
    },
    seedKeys: (keys) => seedKeys(ownContext(), keys),
    writeInventory: (bucket, id) => writeInventory(ownContext(), bucket, id),
  };
}

/** The signature's scope says it; what is not signed is S3's, but for KMS requests, which say so themselves. */
function serviceOf(target: Target, signature: Signature | undefined): ServiceName {
  const { headers } = target;
  if (!signature) return headers["x-amz-target"]?.startsWith("TrentService.") ? "kms" : "s3";
  if (signature.service === "s3" && isS3Control(target)) return "s3control";
  if (isServiceName(signature.service)) return signature.service;
  const message = `The authorization header is malformed; incorrect service "${signature.service}". This endpoint has s3, kms, sts and iam.`;
  throw new AwsError("AuthorizationHeaderMalformed", 400, message);
}

const callTooLarge = (): AwsError =>
  new AwsError("RequestEntityTooLarge", 413, `This endpoint takes at most ${largestCall} bytes.`);

const notImplemented = (what: string): AwsError =>
  new AwsError("NotImplemented", 501, `This local AWS does not have ${what}.`);

const internalError = (): AwsError =>
  new AwsError("InternalError", 500, "We encountered an internal error. Please try again.");
