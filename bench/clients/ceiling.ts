import { forkBundled } from "../bundled";
import type { Load } from "../load";
import { messageOf } from "../message";
import type { Report } from "../report";
import { bucketName, keyOf } from "../servers/keys";
import type { RunningServer } from "../servers/start";

const objects = 1_000;
const total = 60_000;
const connections = 32;

const requestsFor = (number: number, host: string, keyArn: string): readonly string[] => {
  const path = `/${bucketName}/${keyOf(number)}`;
  const body =
    '<ObjectEncryption xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><SSE-KMS>' +
    `<KMSKeyArn>${keyArn}</KMSKeyArn><BucketKeyEnabled>true</BucketKeyEnabled></SSE-KMS></ObjectEncryption>`;
  const headers =
    `host: ${host}\r\nx-amz-date: 20261101T120000Z\r\nx-amz-expected-bucket-owner: 111122223333\r\n` +
    `x-amz-content-sha256: ${"0".repeat(64)}\r\nauthorization: AWS4-HMAC-SHA256 ${"0".repeat(250)}\r\n`;
  const head = `HEAD ${path} HTTP/1.1\r\n${headers}\r\n`;
  return [head, `PUT ${path}?encryption HTTP/1.1\r\n${headers}content-length: ${body.length}\r\n\r\n${body}`, head];
};

/** How much the null server takes of look, change, look again: a client that came near this would measure the server. */
export async function nullServerCeiling(server: RunningServer, tls: boolean): Promise<Report> {
  const ready = await server.fill(objects, "AES256");
  const { host, port } = new URL(tls ? ready.httpsUrl : ready.httpUrl);
  const requests = Array.from({ length: objects }, (_, number) => requestsFor(number, host, ready.keyArn)).flat();
  const sender = await forkBundled("load.ts");
  try {
    const load: Load = { port: Number(port), requests, total, connections, ...(tls && { ca: ready.caPem }) };
    sender.send(load);
    await messageOf(sender);
    const idle = (await server.look("aws:kms")).cpuMicroseconds;
    const began = performance.now();
    sender.send("go");
    await messageOf(sender);
    const seconds = (performance.now() - began) / 1000;
    const { cpuMicroseconds, converted } = await server.look("aws:kms");
    if (converted !== objects) throw new Error(`The null server changed ${converted} of ${objects} objects.`);
    const each = (cpuMicroseconds - idle) / total;
    return {
      title: `The null server itself, asked by ${connections} connections over ${tls ? "TLS" : "plain HTTP"}`,
      rows: [
        {
          "requests/s": Math.round(total / seconds),
          "us CPU a request": Number(each.toFixed(1)),
          "look, change, look again/s at most": Math.round(1e6 / each / 3),
        },
      ],
    };
  } finally {
    sender.kill();
  }
}
