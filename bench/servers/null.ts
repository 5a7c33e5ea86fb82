import { account } from "./keys";
import { answer } from "./null-answers";
import { nullBucket, type Shown } from "./null-bucket";
import { answerParent, cpuMeter, type Ready } from "./protocol";
import { serve } from "./sockets";

const keyArn = `arn:aws:kms:us-east-1:${account}:key/11111111-2222-3333-4444-555555555555`;

async function main(): Promise<void> {
  let bucket = nullBucket(0, { algorithm: "none" });
  let cpu = cpuMeter();
  const { httpUrl, httpsUrl, caPem } = await serve((request) => answer(bucket, request));
  const ready: Ready = {
    tell: "ready",
    httpUrl,
    httpsUrl,
    caPem,
    keyArn,
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: "not-checked",
  };
  answerParent(ready, async (ask) => {
    if (ask.ask === "fill") {
      bucket = nullBucket(ask.objects, { algorithm: ask.filling });
      cpu = cpuMeter();
      return ready;
    }
    const cpuMicroseconds = cpu();
    const goal: Shown =
      ask.goal === "AES256" ? { algorithm: ask.goal } : { algorithm: ask.goal, keyArn, bucketKey: true };
    return { tell: "found", cpuMicroseconds, ...bucket.seen(goal) };
  });
}

void main();
