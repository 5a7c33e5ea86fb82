import type { ServiceName } from "../codec/services";
import { AwsError } from "../service";

type Refusal = readonly [code: string, status: number, message?: string];

const invalidToken = "The security token included in the request is invalid.";
const expiredToken = "The security token included in the request is expired";
const missingToken = "Request is missing Authentication Token";

const query: Readonly<Record<string, Refusal>> = {
  InvalidAccessKeyId: ["InvalidClientTokenId", 403, invalidToken],
  InvalidToken: ["InvalidClientTokenId", 403, invalidToken],
  ExpiredToken: ["ExpiredToken", 403, expiredToken],
  RequestTimeTooSkewed: ["SignatureDoesNotMatch", 403],
  AuthorizationHeaderMalformed: ["IncompleteSignature", 400],
  MissingAuthenticationToken: ["MissingAuthenticationToken", 403, missingToken],
  InternalError: ["ServiceFailure", 500],
};

const json: Readonly<Record<string, Refusal>> = {
  InvalidAccessKeyId: ["UnrecognizedClientException", 400, invalidToken],
  InvalidToken: ["UnrecognizedClientException", 400, invalidToken],
  ExpiredToken: ["ExpiredTokenException", 400, expiredToken],
  SignatureDoesNotMatch: ["InvalidSignatureException", 400],
  RequestTimeTooSkewed: ["InvalidSignatureException", 400],
  AuthorizationHeaderMalformed: ["IncompleteSignatureException", 400],
  MissingAuthenticationToken: ["MissingAuthenticationTokenException", 400, missingToken],
  InternalError: ["KMSInternalException", 500],
};

const tables: Readonly<Record<ServiceName, Readonly<Record<string, Refusal>>>> = {
  s3: {},
  s3control: {},
  kms: json,
  sts: query,
  iam: query,
};

/** The same refusal in the words of another service: signatures are checked once, and S3's codes are the finest. */
export function inWordsOf(service: ServiceName, error: AwsError): AwsError {
  const refusal = tables[service][error.code];
  if (!refusal) return error;
  const [code, status, message = error.message] = refusal;
  return new AwsError(code, status, message, service === "s3" ? error.fields : {}, error.headers);
}
