import type { HttpRequest } from "../local/service";

/** A request that is about one object, in the words of S3's operations; `read` is HEAD and GET. */
export type Kind =
  | "read"
  | "CopyObject"
  | "PutObject"
  | "UpdateObjectEncryption"
  | "CreateMultipartUpload"
  | "UploadPartCopy"
  | "CompleteMultipartUpload"
  | "AbortMultipartUpload";

export interface AboutObject {
  readonly kind: Kind;
  readonly bucket: string;
  readonly key: string;
}

/** What a path-style request asks for. Nothing where it is not about one object. */
export function aboutObject({ method, url, headers }: HttpRequest): AboutObject | undefined {
  const { pathname, searchParams } = new URL(url);
  const [, bucket, escaped] = /^\/([^/]+)\/(.+)$/s.exec(pathname) ?? [];
  if (bucket === undefined || escaped === undefined) return undefined;
  return { bucket, key: decodeURIComponent(escaped), kind: kindOf(method, searchParams, headers) };
}

function kindOf(method: string, query: URLSearchParams, headers: HttpRequest["headers"]): Kind {
  if (method === "DELETE") return "AbortMultipartUpload";
  if (method === "POST") return query.has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  if (method !== "PUT") return "read";
  if (query.has("partNumber")) return "UploadPartCopy";
  if (query.has("encryption")) return "UpdateObjectEncryption";
  return headers["x-amz-copy-source"] === undefined ? "PutObject" : "CopyObject";
}
