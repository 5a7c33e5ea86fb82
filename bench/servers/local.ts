import { listen } from "../../local/http/server";
import { localBucket } from "./local-bucket";
import { answerParent, cpuMeter } from "./protocol";

async function main(): Promise<void> {
  let bucket = await localBucket(0, "none");
  let cpu = cpuMeter();
  const { httpUrl, httpsUrl, caPem } = await listen(
    { handle: (request) => bucket.aws.handle(request) },
    { httpsPort: 0, httpPort: 0 },
  );
  const whereAndWho = () => {
    const { keyArn, credentials } = bucket;
    return { httpUrl, httpsUrl, caPem, keyArn, ...credentials };
  };
  answerParent({ tell: "ready", ...whereAndWho() }, async (ask) => {
    if (ask.ask === "fill") {
      bucket = await localBucket(ask.objects, ask.filling);
      cpu = cpuMeter();
      return { tell: "ready", ...whereAndWho() };
    }
    const cpuMicroseconds = cpu();
    return { tell: "found", cpuMicroseconds, ...(await bucket.look(ask.goal)) };
  });
}

void main();
