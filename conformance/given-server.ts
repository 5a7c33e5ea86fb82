import type { Server } from "./server";
import type { Credentials } from "./sign";

const variable = (name: string): string | undefined => process.env[name] || undefined;

/**
 * The server at an address that somebody gave: another emulator, or AWS itself where the host ends with `amazonaws.com`.
 * Credentials and region come from the usual environment variables, those of a second account from `CONFORMANCE_OTHER_*`.
 */
export function givenServer(url: string): Server {
  const { hostname, protocol } = new URL(url);
  const region = variable("AWS_REGION") ?? "us-east-1";
  const isAws = hostname.endsWith(".amazonaws.com");
  const credentials = credentialsFrom("AWS_");
  const otherCredentials = credentialsFrom("CONFORMANCE_OTHER_");
  if (!credentials) throw new Error("Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to those of an administrator.");
  return {
    name: hostname,
    url: url.replace(/\/$/, ""),
    ...(isAws && { plainUrl: url.replace(/^https:/, "http:").replace(/\/$/, "") }),
    oneAddress: !isAws,
    region,
    credentials,
    ...(otherCredentials && { otherCredentials }),
    lacks: {
      ...(protocol === "http:" && { tls: "the address is plain HTTP" }),
      ...(!isAws && { plainHttp: "one address was given" }),
      ...(region !== "us-east-1" && { usEast1: `AWS_REGION is ${region}` }),
      ...(!otherCredentials && {
        otherAccount: "CONFORMANCE_OTHER_ACCESS_KEY_ID and CONFORMANCE_OTHER_SECRET_ACCESS_KEY are not set",
      }),
      ...(isAws && { regions: "each region of AWS has an address of its own" }),
      throwAway: "it would leave objects that cannot be deleted before a day has passed",
    },
    // IAM User Guide, "Changes that I make are not always immediately visible".
    settling: isAws ? 15_000 : 0,
    atOnce: 8,
    stop: async () => {},
  };
}

function credentialsFrom(prefix: string): Credentials | undefined {
  const accessKeyId = variable(`${prefix}ACCESS_KEY_ID`);
  const secretAccessKey = variable(`${prefix}SECRET_ACCESS_KEY`);
  const sessionToken = variable(`${prefix}SESSION_TOKEN`);
  return accessKeyId && secretAccessKey
    ? { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) }
    : undefined;
}
