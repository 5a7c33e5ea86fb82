import { createLocalAws } from "../../../local/aws";
import { s3Client } from "../../../src/s3/clients";
import type { HttpRequest, HttpResponse, Send } from "../../../src/s3/lean/http";
import { type Credentials, identity } from "../../../src/s3/lean/identity";
import type { ObjectStore } from "../../../src/s3/object-store";
import { requestHandler } from "../../support/request-handler";
import { openStore, storeKinds } from "../stores";

const hour = 60 * 60_000;
const minute = 60_000;
const owner = "111111111111";

const error = (status: number, code: string, fields = "", headers: Record<string, string> = {}): HttpResponse => ({
  status,
  headers,
  body: Buffer.from(`<Error><Code>${code}</Code><Message>what S3 says</Message>${fields}</Error>`),
});

const head: HttpResponse = {
  status: 200,
  headers: { etag: '"1"', "content-length": "7", "last-modified": "Wed, 12 Oct 2022 17:50:00 GMT" },
  body: Buffer.alloc(0),
};
const copied: HttpResponse = {
  status: 200,
  headers: {},
  body: Buffer.from("<CopyObjectResult><ETag>&quot;2&quot;</ETag></CopyObjectResult>"),
};

const tokenOf = ({ headers }: HttpRequest): string | undefined => headers["x-amz-security-token"];

/** Gives the tokens in turn, each as often as nobody asks for a fresh one; the last one for ever. */
function providerOf(...tokens: readonly string[]) {
  let current = 0;
  return jest.fn(async (options?: { readonly forceRefresh?: boolean }): Promise<Credentials> => {
    if (options?.forceRefresh) current = Math.min(current + 1, tokens.length - 1);
    return { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: tokens[current] };
  });
}

async function storeWith(send: Send, credentials: ReturnType<typeof providerOf>): Promise<ObjectStore> {
  const client = s3Client({ region: "eu-west-1", credentials, concurrency: 1 });
  // What an SDK client makes of a provider, so that what it remembers is tested as well.
  return openStore("lean", { client, send, bucket: "acme-uploads" });
}

/** Answers as S3 does to a token that has expired: without a body where the method is HEAD. */
function serverThatKnows(token: string, code = "ExpiredToken") {
  const requests: HttpRequest[] = [];
  const send: Send = async (request) => {
    requests.push(request);
    const { method } = request;
    if (tokenOf(request) === token) return method === "HEAD" ? head : copied;
    return method === "HEAD" ? { ...error(400, code), body: Buffer.alloc(0) } : error(400, code);
  };
  return { requests, send };
}

const copy = (store: ObjectStore) =>
  store.copy({
    source: { key: "a", ifMatch: '"1"' },
    key: "a",
    encryption: { algorithm: "AES256" },
    storageClass: "STANDARD",
    grants: [],
  });

describe("credentials that S3 no longer takes", () => {
  test.each(["ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired"])(
    "%s: the same request is sent once more with fresh ones",
    async (code) => {
      const { send, requests } = serverThatKnows("second", code);
      const store = await storeWith(send, providerOf("first", "second"));
      expect(await copy(store)).toMatchObject({ is: "done", value: { etag: '"2"' } });
      expect(requests.map(tokenOf)).toEqual(["first", "second"]);
      expect(requests[1]?.url).toBe(requests[0]?.url);
      await copy(store);
      expect(requests.map(tokenOf)).toEqual(["first", "second", "second"]);
    },
  );

  test("a HEAD, which has no body to say so, is answered as well", async () => {
    const { send, requests } = serverThatKnows("second");
    const store = await storeWith(send, providerOf("first", "second"));
    expect(await store.head({ key: "a" })).toMatchObject({ is: "done", value: { size: 7 } });
    expect(requests.map((request) => `${request.method} ${tokenOf(request)}`)).toEqual([
      "HEAD first",
      "GET first",
      "GET second",
      "HEAD second",
    ]);
  });

  test("all requests on their way wait for the same fresh ones", async () => {
    const { send } = serverThatKnows("second");
    const provider = providerOf("first", "second", "third");
    const store = await storeWith(send, provider);
    const answers = await Promise.all(Array.from({ length: 20 }, () => copy(store)));
    expect(answers.map(({ is }) => is)).toEqual(Array.from({ length: 20 }, () => "done"));
    expect(provider.mock.calls.filter(([options]) => options?.forceRefresh)).toHaveLength(1);
  });

  test("an answer that comes late does not have them renewed again", async () => {
    const { send } = serverThatKnows("second");
    let release = (): void => undefined;
    const renewed = new Promise<void>((resolve) => {
      release = resolve;
    });
    let sent = 0;
    const late: Send = async (request) => {
      sent += 1;
      if (sent === 2) await renewed;
      return send(request);
    };
    const store = await storeWith(late, providerOf("first", "second", "third"));
    const [first, second] = [copy(store), copy(store)];
    expect(await first).toMatchObject({ is: "done" });
    release();
    expect(await second).toMatchObject({ is: "done" });
  });

  test("are refused where there are no others", async () => {
    const { send, requests } = serverThatKnows("never");
    expect(await copy(await storeWith(send, providerOf("only")))).toMatchObject({
      is: "refused",
      status: 400,
      code: "ExpiredToken",
    });
    expect(requests).toHaveLength(1);
  });

  test("are refused where the fresh ones have expired as well", async () => {
    const { send, requests } = serverThatKnows("never");
    expect(await copy(await storeWith(send, providerOf("first", "second", "third")))).toMatchObject({
      is: "refused",
      code: "ExpiredToken",
    });
    expect(requests.map(tokenOf)).toEqual(["first", "second"]);
  });

  test("are asked for again five minutes before they expire, and not before", async () => {
    let now = Date.UTC(2026, 0, 1);
    const provider = jest.fn(async () => ({
      accessKeyId: "ASIAEXAMPLE",
      secretAccessKey: "secret",
      expiration: new Date(now + hour),
    }));
    const { current } = identity(provider, () => now);
    const first = await current();
    now += 54 * minute;
    expect(await current()).toBe(first);
    now += 2 * minute;
    expect(await current()).not.toBe(first);
    expect(provider).toHaveBeenCalledTimes(2);
  });

  test("that could not be had once are asked for again", async () => {
    const provider = jest
      .fn<Promise<Credentials>, []>()
      .mockRejectedValueOnce(new Error("the network"))
      .mockResolvedValue({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" });
    const { current } = identity(provider, Date.now);
    await expect(current()).rejects.toThrow("the network");
    expect(await current()).toMatchObject({ accessKeyId: "AKIDEXAMPLE" });
  });
});

describe("a clock that is wrong", () => {
  /** A server that is some time ahead of this machine, or behind. */
  async function serverAhead(by: number) {
    const aws = createLocalAws({ now: () => Date.now() + by });
    const credentials = aws.addAccount(owner);
    const client = s3Client({
      region: "us-east-1",
      credentials,
      concurrency: 1,
      requestHandler: requestHandler(aws.handle),
    });
    const statuses: number[] = [];
    const send: Send = async (request) => {
      const { status, headers, body } = await aws.handle(request);
      statuses.push(status);
      return { status, headers: { date: new Date(Date.now() + by).toUTCString(), ...headers }, body };
    };
    return { statuses, store: await openStore("lean", { client, send, bucket: "acme-uploads" }) };
  }

  test.each([-hour, -16 * minute, 16 * minute, 24 * hour])(
    "by %i ms is set right by S3's own time, once",
    async (by) => {
      const { store, statuses } = await serverAhead(by);
      for (const look of [1, 2]) expect(await store.head({ key: `${look}` })).toMatchObject({ status: 404 });
      expect(await store.list({ limit: 1 })).toMatchObject({ code: "NoSuchBucket" });
      expect(statuses).toEqual([403, 404, 404, 404]);
    },
  );

  test("is set right for all requests on their way", async () => {
    const { store } = await serverAhead(hour);
    const answers = await Promise.all(Array.from({ length: 10 }, () => store.list({ limit: 1 })));
    for (const answer of answers) expect(answer).toMatchObject({ code: "NoSuchBucket" });
  });

  test("is not blamed for what is forbidden", async () => {
    const send = jest.fn(async () => error(403, "AccessDenied", "", { date: new Date().toUTCString() }));
    expect(await copy(await storeWith(send, providerOf("only")))).toMatchObject({ code: "AccessDenied" });
    expect(send).toHaveBeenCalledTimes(1);
  });
});

describe.each(storeKinds)("the %s store, asked for a bucket of another region", (kind) => {
  const region = "eu-central-1";
  const header = { "x-amz-bucket-region": region };
  const answers: readonly (readonly [string, HttpResponse])[] = [
    ["a permanent redirect", error(301, "PermanentRedirect", "", header)],
    ["a temporary redirect", error(307, "TemporaryRedirect", "", header)],
    ["a signature for the wrong region", error(400, "AuthorizationHeaderMalformed", `<Region>${region}</Region>`)],
  ];

  test.each(answers)("by %s: names the region, and does not go there", async (_, response) => {
    const send = jest.fn(async () => response);
    const client = s3Client({
      region: "eu-west-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      concurrency: 1,
      requestHandler: requestHandler(send),
    });
    const answer = await copy(await openStore(kind, { client, send, bucket: "acme-uploads" }));
    expect(answer).toMatchObject({ is: "refused", status: response.status });
    expect(answer).toHaveProperty("message", expect.stringContaining(`The bucket is in ${region}`));
    expect(send).toHaveBeenCalledTimes(1);
  });

  test("a HEAD, which has no body, names it as well", async () => {
    const send = async () => ({ status: 301, headers: header, body: Buffer.alloc(0) });
    const client = s3Client({
      region: "eu-west-1",
      credentials: { accessKeyId: "a", secretAccessKey: "b" },
      concurrency: 1,
      requestHandler: requestHandler(send),
    });
    const answer = await (await openStore(kind, { client, send, bucket: "acme-uploads" })).head({ key: "a" });
    expect(answer).toHaveProperty("message", expect.stringContaining(`The bucket is in ${region}`));
  });
});
