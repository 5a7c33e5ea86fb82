import { AwsError, type HttpRequest } from "../service";

/** A request taken apart: what it addresses, and what it carries. */
export interface Target {
  readonly method: string;
  readonly secure: boolean;
  readonly host: string;
  /** Percent-encoded as it was sent: signatures are over this. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Of S3: from the host name or from the path. */
  readonly bucket?: string;
  readonly key?: string;
  /** Where the host name says it. */
  readonly region?: string;
  /** Of S3 Control: the variable parts of its path, by name. */
  readonly labels?: Readonly<Record<string, string>>;
}

// The user guide's "Virtual hosting of buckets", and the loopback names of this server.
const s3Hosts = [
  /^(?:(?<bucket>.+)\.)?s3(?:\.dualstack)?[.-](?<region>[a-z]{2}(?:-[a-z]+)+-\d)\.amazonaws\.com(?:\.cn)?$/,
  /^(?:(?<bucket>.+)\.)?s3\.(?:amazonaws\.com|localhost)$/,
  /^(?:(?<bucket>.+)\.)?(?:localhost|127\.0\.0\.1)$/,
];

/** What the host name says: bucket, region, or neither. */
function addressedBy(host: string): Readonly<Record<string, string>> | undefined {
  const name = host.replace(/:\d*$/, "");
  for (const pattern of s3Hosts) {
    const groups = pattern.exec(name)?.groups;
    if (groups) return groups;
  }
  return undefined;
}

const decodedPath = (path: string): string => {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new AwsError("InvalidURI", 400, "Couldn't parse the specified URI.");
  }
};

/** Takes a request apart. Nothing is normalised: a key may hold `//` and `/../`. Throws AwsError `InvalidURI`. */
export function targetOf(request: HttpRequest): Target {
  const [, scheme, authority = "", path = "", query = ""] =
    /^(https?):\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?/.exec(request.url) ?? [];
  const host = (request.headers["host"] ?? authority).toLowerCase();
  const found = addressedBy(host);
  const hostBucket = found?.["bucket"];
  const [first = "", ...rest] = (path || "/").slice(1).split("/");
  const bucket = hostBucket ?? decodedPath(first);
  const key = decodedPath(hostBucket === undefined ? rest.join("/") : path.slice(1));
  return {
    method: request.method.toUpperCase(),
    secure: scheme === "https",
    host,
    path: path || "/",
    query: new URLSearchParams(query),
    headers: request.headers,
    body: request.body ?? new Uint8Array(),
    ...(bucket === "" ? {} : { bucket }),
    ...(key === "" ? {} : { key }),
    ...(found?.["region"] ? { region: found["region"] } : {}),
  };
}
