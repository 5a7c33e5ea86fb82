import { isServiceName, protocols, type ServiceName } from "./codec/services";
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
import { objectOperations } from "./s3/object-operations";
import { type SeededObject, seedObject } from "./s3/seed";
import { createS3State } from "./s3/state";
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
  readonly status: number;
  /** Of an error. */
  readonly code?: string;
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
  /** @default nothing is logged but faults, which go to stderr */
  readonly log?: (entry: LogEntry) => void;
  /** @default "aws" */
  readonly partition?: string;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface LocalAws {
  /** Answers one request, whatever it is: nothing is thrown. */
  handle(request: HttpRequest): Promise<HttpResponse>;
  readonly state: State;
  /** Opens an account (12 digits) if it is not there, and gives a new key of its administrator. */
  addAccount(accountId: string): Credentials;
  /** Puts an object as its bucket's owner: above all one that is too large to send. */
  seedObject(object: SeededObject): void;
}

const operations: Readonly<Record<ServiceName, Operations>> = {
  s3: { ...bucketOperations, ...objectOperations },
  kms: kmsOperations,
  sts: stsOperations,
  iam: iamOperations,
};

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
  log = logFault,
  partition = "aws",
}: LocalAwsOptions = {}): LocalAws {
  const state: State = { s3: createS3State(), kms: createKmsState(), identity: createIdentityState(partition) };

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
  });

  const handle = async (request: HttpRequest): Promise<HttpResponse> => {
    let service: ServiceName = "s3";
    let operation: string | undefined;
    let requestId = newRequestId(service);
    const path = request.url.replace(/^\w+:\/\/[^/?]*|\?.*$/g, "");
    const answered = (response: HttpResponse, error?: AwsError, fault?: unknown): HttpResponse => {
      const { status } = response;
      log({ requestId, service, operation, method: request.method, path, status, code: error?.code, fault });
      return response;
    };
    try {
      const target = targetOf(request);
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
      const context = contextOf(request, authenticated, signature?.region ?? target.region ?? defaultRegion, requestId);
      return answered(protocols[service].write(shape, (await run(context, input)) ?? {}, requestId));
    } catch (thrown) {
      const fault = thrown instanceof AwsError ? undefined : thrown;
      const error = inWordsOf(service, thrown instanceof AwsError ? thrown : internalError());
      return answered(protocols[service].refuse(error, request, requestId), error, fault);
    }
  };

  return {
    handle,
    state,
    addAccount: (accountId) => {
      const { accessKeyId, secretAccessKey } = addAccount(state.identity, accountId, now());
      return { accessKeyId, secretAccessKey };
    },
    seedObject: (object) => {
      const request = { method: "PUT", url: "https://localhost/", headers: {} };
      const itself = { caller: s3Itself, signature: { type: "none" as const }, target: targetOf(request) };
      seedObject(contextOf(request, itself, defaultRegion, newRequestId("s3")), object);
    },
  };
}

/** The signature's scope says it; what is not signed is S3's, but for KMS requests, which say so themselves. */
function serviceOf({ headers }: Target, signature: Signature | undefined): ServiceName {
  if (!signature) return headers["x-amz-target"]?.startsWith("TrentService.") ? "kms" : "s3";
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
