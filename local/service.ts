import type { Disturbance } from "./faults/faults";
import type { IdentityState } from "./identity/state";
import type { KmsState } from "./kms/state";
import type { S3State } from "./s3/state";
import type { ExposureState } from "./s3-control/exposure";
import type { JobsState } from "./s3-control/state";

/** What the servers, and tests in their place, hand over: the same shape as the product's `Send`, and nothing of the product. */
export interface HttpRequest {
  readonly method: string;
  /** Absolute, percent-encoded as it was sent. `http:` makes `aws:SecureTransport` false. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Record<string, string>;
  readonly body: Uint8Array;
}

/** Everything that this AWS remembers. All in memory; nothing else holds state. */
export interface State {
  readonly s3: S3State;
  readonly kms: KmsState;
  readonly identity: IdentityState;
  /** Of S3 Batch Operations. */
  readonly jobs: JobsState;
  /** Accounts' own blocks of public access, and access points. */
  readonly exposure: ExposureState;
}

/**
 * Who sent the request, as its signature proves.
 * `arn` is what `aws:PrincipalArn` shows: for a role session the role's ARN, not the session's.
 */
export type Caller =
  | { readonly is: "anonymous" }
  | { readonly is: "service"; readonly service: string; readonly sourceArn?: string; readonly sourceAccount?: string }
  | { readonly is: "root"; readonly account: string; readonly arn: string; readonly userId: string }
  | {
      readonly is: "user";
      readonly account: string;
      readonly arn: string;
      readonly userId: string;
      readonly name: string;
    }
  | {
      readonly is: "role";
      readonly account: string;
      readonly arn: string;
      readonly userId: string;
      readonly roleName: string;
      readonly sessionArn: string;
      /** The policy given to AssumeRole, if any: it only narrows. */
      readonly sessionPolicy?: string;
    };

/** Where a test can come in between: a copy has read its source and has not committed yet. */
export interface Step {
  readonly operation: string;
  readonly bucket: string;
  readonly key: string;
}

export interface Context {
  readonly state: State;
  readonly caller: Caller;
  readonly requestId: string;
  /** Milliseconds since the epoch, from the injected clock. */
  readonly now: number;
  /** The region of the endpoint, from the signature's scope. */
  readonly region: string;
  readonly partition: string;
  readonly request: HttpRequest;
  readonly secure: boolean;
  readonly sourceIp: string;
  /** How the request was authenticated: `s3:authType`, `s3:signatureversion` and `s3:signatureAge` come from here. */
  readonly signature: { readonly type: "header" | "query" | "none"; readonly ageMilliseconds?: number };
  /** Awaited by operations that read first and commit later. */
  step(step: Step): Promise<void>;
  /** What goes wrong with this request. */
  readonly disturbance: Pick<Disturbance, "useKms" | "conflictOnConcurrentWrite">;
}

/** An operation is a function of AWS's own input and output shapes; the codec does the rest. */
// biome-ignore lint/suspicious/noExplicitAny: the table of a service mixes operations; each one is typed where it is written.
export type Operation<Input = any, Output = any> = (context: Context, input: Input) => Output | Promise<Output>;

export type Operations = Readonly<Record<string, Operation>>;

/**
 * An answer that AWS gives as an error.
 *
 * `fields` become further elements of the XML body (`Condition`, `BucketName`, ...), `headers` further headers.
 */
export class AwsError extends Error {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly fields: Readonly<Record<string, string | number>> = {},
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = code;
  }
}
