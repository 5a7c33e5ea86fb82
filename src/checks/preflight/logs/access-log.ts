import { isOldTls, type LoggedPrincipal, type LoggedRequest, type Parsed, roleOfSession } from "./request";

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `06/Feb/2019:00:00:38 +0000`, which is always UTC. */
function timeOf(text: string): number {
  const [, day, month = "", year, time] =
    /^(\d{2})\/([A-Z][a-z]{2})\/(\d{4}):(\d{2}:\d{2}:\d{2}) \+0000$/.exec(text) ?? [];
  const number = months.indexOf(month) + 1;
  return number === 0 ? Number.NaN : Date.parse(`${year}-${String(number).padStart(2, "0")}-${day}T${time}Z`);
}

/**
 * Up to the turn-around time no field has a space in it but the time and the request line, whose target has none.
 *
 * | 1     | 2      | 3    | 4         | 5         | 6   | 7           | 8      | 9    |
 * |-------|--------|------|-----------|-----------|-----|-------------|--------|------|
 * | owner | bucket | time | requester | operation | key | request-URI | status | rest |
 */
const head =
  /^(\S+) (\S+) \[([^\]]*)\] \S+ (\S+) \S+ (\S+) (\S+) "(-|\S+ \S*(?: \S+)?)" (\d{3}|-) \S+ \S+ \S+ \S+ \S+ (".*)$/;

const operations: Readonly<Record<string, LoggedRequest["does"]>> = {
  "REST.PUT.OBJECT": "write",
  "REST.POST.OBJECT": "write",
  "REST.COPY.OBJECT": "write",
  "REST.POST.UPLOADS": "write",
  "REST.PUT.PART": "part",
  "REST.COPY.PART": "part",
  "REST.POST.UPLOAD": "part",
  "REST.GET.OBJECT": "read",
  "REST.HEAD.OBJECT": "read",
  "REST.COPY.OBJECT_GET": "read",
  "REST.COPY.PART_GET": "read",
  "REST.SELECT.OBJECT": "read",
  "WEBSITE.GET.OBJECT": "read",
  "WEBSITE.HEAD.OBJECT": "read",
};

/**
 * An IAM user or role has its ARN there, an account's root user a canonical user id.
 *
 * @param owner canonical user id of the bucket's owner
 */
function principalOf(requester: string, owner: string): LoggedPrincipal {
  if (requester === "-") return { is: "anonymous" };
  if (requester.startsWith("arn:")) return { is: "iam", arn: roleOfSession(requester) };
  if (requester === owner) return { is: "owner" };
  // What S3 does on its own, such as lifecycle, and what other services do. No page of AWS lists these names; logs that
  // people published have them.
  if (requester === "AmazonS3") return { is: "service", name: "s3.amazonaws.com" };
  if (requester.startsWith("svc:")) return { is: "service", name: requester.slice(4) };
  return { is: "foreign", id: requester };
}

function transportOf(
  principal: LoggedPrincipal,
  cipher: string | undefined,
  version = "-",
): LoggedRequest["transport"] {
  if (isOldTls(version)) return "old";
  if (cipher === undefined) return "unknown";
  if (version !== "-" || cipher !== "-") return "modern";
  return principal.is === "service" ? "unknown" : "plain";
}

function livesOf(uri: string): { lives?: number } {
  const seconds = Number(/[?&]X-Amz-Expires=(\d{1,9})(&|\s|$)/i.exec(uri)?.[1]);
  return Number.isNaN(seconds) ? {} : { lives: seconds };
}

/**
 * One line of an S3 server access log.
 *
 * Referer and User-Agent are as the client sent them, quotes included, and nothing says that S3 escapes them. No field
 * behind them has a quote, so the last one of the line ends the User-Agent, whatever a client put into it.
 * Fields may be missing at the end, in old logs, and be added there.
 *
 * Source: Amazon S3 User Guide, "Amazon S3 server access log format",
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
 */
export function parseAccessLogLine(line: string): Parsed {
  const [, owner = "", bucket = "", time = "", requester = "", operation = "", , uri = "", status, rest = ""] =
    head.exec(line) ?? [];
  const at = timeOf(time);
  const last = rest.lastIndexOf('"');
  // A line that is cut has fewer than the four quotes of two fields, or nothing behind them.
  const isWhole = rest.split('"').length > 4 && rest[last + 1] === " ";
  if (Number.isNaN(at) || !isWhole) return "unreadable";
  // Version id, host id, signature, cipher, authentication, host header, TLS version, and more.
  const [, , signature, cipher, authentication, , tls] = rest.slice(last + 2).split(" ");
  const principal = principalOf(requester, owner);
  return {
    from: "access-log",
    isData: true,
    bucket,
    at,
    principal,
    does: operations[operation] ?? "other",
    // What S3 does on its own, such as lifecycle, has no status.
    refused: Number(status) >= 400,
    said: { is: "unknown" },
    transport: transportOf(principal, cipher, tls),
    presigned: authentication === "QueryString" ? livesOf(uri) : false,
    signature: signature === "SigV2" || signature === "SigV4" ? signature : "none",
  };
}
