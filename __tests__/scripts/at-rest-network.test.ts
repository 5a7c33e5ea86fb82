import { join } from "node:path";
import { type RawServer, rawServer, tunneling } from "../s3/lean/raw-server";
import { type AtRestWorld, account, atRestWorld, bucket, region } from "../support/at-rest-world";

let world: AtRestWorld;
let proxy: RawServer;
beforeAll(async () => {
  world = await atRestWorld();
  world.fleet("encrypt");
  await world.put("a");
  proxy = await rawServer(tunneling(Number(new URL(world.environment["AWS_ENDPOINT_URL"] ?? "").port)));
});
afterAll(async () => {
  await proxy.close();
  await world.close();
});

/** Nobody listens there: it is the proxy that knows the way. */
const unreachable = "https://127.0.0.1:1";

function behindProxy(): Record<string, string> {
  const { NODE_EXTRA_CA_CERTS: _, ...environment } = world.environment;
  return {
    ...environment,
    AWS_ENDPOINT_URL: unreachable,
    AWS_CA_BUNDLE: join(world.directory, "ca.pem"),
    HTTPS_PROXY: proxy.url,
  };
}

test.each(["lean", "sdk"])(
  "a whole audit goes through a proxy, to a server whose authority is in AWS_CA_BUNDLE: %s",
  async (transport) => {
    const { stdout, stderr } = await world.atRestIn(behindProxy(), "audit", "--json", "--transport", transport);
    expect(stderr).not.toContain("could not be");
    expect(JSON.parse(stdout)).toMatchObject({ counts: { notCompliant: 1 }, exitCode: 1 });
  },
);

test("without the proxy AWS is out of reach, and nothing is said of objects", async () => {
  const { exitCode, stdout, stderr } = await world.atRestIn(
    { ...behindProxy(), NO_PROXY: "127.0.0.1" },
    "audit",
    "--json",
  );
  expect(exitCode).toBe(2);
  expect(JSON.parse(stdout)).toEqual({
    ...{ command: "audit", bucket, region, account, configuration: [], exitCode: 2 },
    errors: [expect.stringContaining("ECONNREFUSED")],
  });
  expect(stderr).toContain("ECONNREFUSED");
  expect(stderr).toContain("Check the way to AWS: AWS_ENDPOINT_URL, HTTPS_PROXY and AWS_CA_BUNDLE.");
});

test("a bundle that cannot be read is said before anything is asked", async () => {
  const environment = { ...behindProxy(), AWS_CA_BUNDLE: "/nonexistent/ca.pem" };
  const { exitCode, stderr } = await world.atRestIn(environment, "audit", "--bucket", bucket, "--sse", "AES256");
  expect(exitCode).toBe(2);
  expect(stderr).toContain("/nonexistent/ca.pem");
  expect(stderr).toContain("Check AWS_CA_BUNDLE.");
});
