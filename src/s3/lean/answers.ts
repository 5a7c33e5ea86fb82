import { type Failed, failed, requestIds } from "../failure";
import { shownChecksum } from "../head-rules";
import {
  type Acl,
  type Answer,
  type Copied,
  type Grant,
  type ListPage,
  type ObjectState,
  type Part,
  permissions,
  type Tag,
  type UploadPage,
  type VersionPage,
} from "../object-store";
import { answerOf } from "../sdk-answers";
import { hasNoSuchOperation } from "../shapes";
import type { HttpResponse } from "./http";
import { expectName, listPage, uploadPage, versionPage } from "./list-pages";
import { objectState } from "./object-state";
import { readXml, UnreadableXml, type XmlElement } from "./xml";

const done = <T>(value: T): Answer<T> => ({ is: "done", value });
const succeeded = ({ status }: HttpResponse): boolean => status >= 200 && status < 300;

/** What the body of an error says, as far as it is S3's and whole. */
export interface ErrorBody {
  readonly code?: string;
  readonly message?: string;
  readonly region?: string;
}

function errorIn(root: XmlElement): ErrorBody {
  return { code: root.textOf("Code"), message: root.textOf("Message"), region: root.textOf("Region") };
}

export function errorBody({ body }: HttpResponse): ErrorBody {
  if (body.length === 0) return {};
  try {
    const root = readXml(body);
    return root.name === "Error" ? errorIn(root) : {};
  } catch (error) {
    if (error instanceof UnreadableXml) return {}; // a proxy's page: the status has to do
    throw error;
  }
}

function failure(response: HttpResponse, { code, message, region }: ErrorBody = errorBody(response)): Failed {
  return failed({ status: response.status, code, message, headers: response.headers, bucketRegion: region });
}

/** What cannot be read is unknown, whatever its status. */
function readable<T>(response: HttpResponse, read: () => Answer<T>): Answer<T> {
  try {
    return read();
  } catch (error) {
    const unknown = answerOf(error);
    return unknown.is === "unknown"
      ? { ...unknown, cause: `${unknown.cause}${requestIds(response.headers)}` }
      : unknown;
  }
}

/**
 * The answer of an operation whose success is an XML document. S3 answers copies and completions with 200 before it
 * knows, and may then say in the body that it failed:
 * https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html, "Response and special errors".
 */
function fromXml<T>(response: HttpResponse, rootName: string | undefined, read: (root: XmlElement) => T): Answer<T> {
  if (!succeeded(response)) return failure(response);
  return readable(response, () => {
    const root = readXml(response.body);
    if (root.name === "Error") return failure(response, errorIn(root));
    if (rootName !== undefined) expectName(root, rootName);
    return done(read(root));
  });
}

export const emptyAnswer = (response: HttpResponse): Answer<void> =>
  succeeded(response) ? done(undefined) : failure(response);

export const listed = (response: HttpResponse): Answer<ListPage> => fromXml(response, "ListBucketResult", listPage);

export const listedVersions = (response: HttpResponse): Answer<VersionPage> =>
  fromXml(response, "ListVersionsResult", versionPage);

export const listedUploads = (response: HttpResponse): Answer<UploadPage> =>
  fromXml(response, "ListMultipartUploadsResult", uploadPage);

export const headed = (key: string, response: HttpResponse): Answer<ObjectState> =>
  succeeded(response) ? readable(response, () => done(objectState(key, response.headers))) : failure(response);

export const tagged = (response: HttpResponse): Answer<readonly Tag[]> =>
  fromXml(response, "Tagging", (root) =>
    (root.child("TagSet")?.childrenNamed("Tag") ?? []).map((tag) => ({
      key: tag.requiredText("Key"),
      value: tag.requiredText("Value"),
    })),
  );

function grant(element: XmlElement): Grant {
  const said = element.requiredText("Permission");
  const permission = permissions.find((known) => known === said);
  if (!permission) throw new UnreadableXml(`a grant of ${said}, which is none of ${permissions.join(", ")}`);
  const grantee = element.child("Grantee");
  const id = grantee?.textOf("ID");
  if (id !== undefined) return { grantee: { is: "id", value: id }, permission };
  const uri = grantee?.textOf("URI");
  if (uri !== undefined) return { grantee: { is: "uri", value: uri }, permission };
  const emailAddress = grantee?.textOf("EmailAddress");
  if (emailAddress === undefined) throw new UnreadableXml("a grant to nobody");
  return { grantee: { is: "emailAddress", value: emailAddress }, permission };
}

export const acl = (response: HttpResponse): Answer<Acl> =>
  fromXml(response, "AccessControlPolicy", (root) => {
    const owner = root.child("Owner")?.textOf("ID");
    if (owner === undefined) throw new UnreadableXml("an ACL without an owner");
    return { owner, grants: (root.child("AccessControlList")?.childrenNamed("Grant") ?? []).map(grant) };
  });

const PARTIAL_CONTENT = 206;

/** A part of the object itself, or "not implemented", is the answer of a service that has no annotations. */
export function annotated(response: HttpResponse): Answer<boolean> {
  if (response.status === PARTIAL_CONTENT || hasNoSuchOperation(response.status)) return done(false);
  if (!succeeded(response)) return failure(response);
  return readable(response, () => {
    const root = readXml(response.body);
    return root.name === "Error"
      ? failure(response, errorIn(root))
      : done(Number(root.requiredText("AnnotationCount")) > 0);
  });
}

export const copied = (response: HttpResponse): Answer<Copied> =>
  fromXml(response, "CopyObjectResult", (root) => ({
    etag: root.requiredText("ETag"),
    versionId: response.headers["x-amz-version-id"],
  }));

export const createdUpload = (response: HttpResponse): Answer<{ readonly uploadId: string }> =>
  fromXml(response, "InitiateMultipartUploadResult", (root) => ({ uploadId: root.requiredText("UploadId") }));

export const copiedPart = (number: number, response: HttpResponse): Answer<Part> =>
  fromXml(response, "CopyPartResult", (root) => ({
    number,
    etag: root.requiredText("ETag"),
    checksum: shownChecksum((algorithm) => root.textOf(`Checksum${algorithm}`)),
  }));

export const completedUpload = (response: HttpResponse): Answer<Copied> =>
  // moto 5.2 names it otherwise than S3 does. Whatever has an ETag and is no error says that it is done.
  fromXml(response, undefined, (root) => ({
    etag: root.requiredText("ETag"),
    versionId: response.headers["x-amz-version-id"],
  }));
