import { AwsError } from "../service";

type Fields = ConstructorParameters<typeof AwsError>[3];
type Headers = ConstructorParameters<typeof AwsError>[4];

/** Texts and further fields are those that S3 answers, to the letter: clients tell causes apart by them. */
export const noSuchBucket = (name: string): AwsError =>
  new AwsError("NoSuchBucket", 404, "The specified bucket does not exist", { BucketName: name });

export const noSuchKey = (key: string, headers?: Headers): AwsError =>
  new AwsError("NoSuchKey", 404, "The specified key does not exist.", { Key: key }, headers);

export const noSuchVersion = (key: string, versionId: string): AwsError =>
  new AwsError("NoSuchVersion", 404, "The specified version does not exist.", { Key: key, VersionId: versionId });

export const noSuchUpload = (uploadId: string): AwsError =>
  new AwsError(
    "NoSuchUpload",
    404,
    "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
    { UploadId: uploadId },
  );

export const invalidArgument = (message: string, name: string, value?: string): AwsError =>
  new AwsError("InvalidArgument", 400, message, {
    ArgumentName: name,
    ...(value === undefined ? {} : { ArgumentValue: value }),
  });

export const invalidRequest = (message: string): AwsError => new AwsError("InvalidRequest", 400, message);

export const accessDenied = (message = "Access Denied"): AwsError => new AwsError("AccessDenied", 403, message);

export const lockedByObjectLock = (): AwsError =>
  accessDenied("Access Denied because object protected by object lock.");

export const malformedXml = (code = "MalformedXML"): AwsError =>
  new AwsError(code, 400, "The XML you provided was not well-formed or did not validate against our published schema");

export const preconditionFailed = (condition: string): AwsError =>
  new AwsError("PreconditionFailed", 412, "At least one of the pre-conditions you specified did not hold", {
    Condition: condition,
  });

export const conflict = (condition: string, key: string): AwsError =>
  new AwsError(
    "ConditionalRequestConflict",
    409,
    "The conditional request cannot succeed due to a conflicting operation against this resource.",
    { Condition: condition, Key: key },
  );

export const notImplemented = (header: string, additionalMessage?: string): AwsError =>
  new AwsError("NotImplemented", 501, "A header you provided implies functionality that is not implemented", {
    Header: header,
    ...(additionalMessage === undefined ? {} : { additionalMessage }),
  });

export const markerNotAllowed = (method: string, headers: Headers): AwsError => {
  const fields: Fields = { Method: method, ResourceType: "DeleteMarker" };
  return new AwsError("MethodNotAllowed", 405, "The specified method is not allowed against this resource.", fields, {
    allow: "DELETE",
    ...headers,
  });
};
