import { createLocalAws } from "../local/aws";
import { listen } from "../local/http/server";
import type { Server } from "./server";

/** The local AWS, in this process, with two accounts. */
export async function startLocal(): Promise<Server> {
  const aws = createLocalAws();
  const { httpsUrl, httpUrl, caPem, close } = await listen(aws, { httpsPort: 0, httpPort: 0 });
  return {
    name: "local",
    url: httpUrl,
    tlsUrl: httpsUrl,
    plainUrl: httpUrl,
    oneAddress: true,
    ca: caPem,
    region: "us-east-1",
    credentials: aws.addAccount("111122223333"),
    otherCredentials: aws.addAccount("444455556666"),
    lacks: {},
    settling: 0,
    atOnce: 8,
    stop: close,
  };
}
