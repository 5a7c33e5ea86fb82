import { isLoopback, localEndpoints } from "../../../local/terraform/endpoints";

test.each([
  ["http://127.0.0.1:4566", true],
  ["https://localhost:9000/", true],
  ["http://[::1]:80", true],
  ["http://127.8.9.1", true],
  ["http://0x7f.1", true], // The same address in the notation of old C libraries.
  ["https://s3.eu-west-1.amazonaws.com", false],
  ["http://127.0.0.1.example.com", false],
  ["http://localhost.example.com", false],
  ["http://localhost@example.com", false],
  ["http://example.com/?localhost", false],
  ["http://10.0.0.1", false],
  ["http://0.0.0.0", false],
  ["http://169.254.169.254", false],
  ["http://[::ffff:10.0.0.1]", false],
  ["ftp://127.0.0.1", false],
  ["127.0.0.1:80", false],
  ["", false],
])("%s is on this machine: %s", (endpoint, expected) => {
  expect(isLoopback(endpoint)).toBe(expected);
});

const here = (port: number) => `http://127.0.0.1:${port}`;

test("the provider block comes before the variable of the service, and that before the one for all", () => {
  const environment = { AWS_ENDPOINT_URL: here(1), AWS_ENDPOINT_URL_KMS: here(2), AWS_ENDPOINT_URL_S3: here(3) };
  expect(localEndpoints({ s3: here(4) }, environment)).toEqual({
    s3: here(4),
    kms: here(2),
    iam: here(1),
    sts: here(1),
  });
});

test.each(["s3", "kms", "iam", "sts"])("one endpoint elsewhere is enough to refuse: %s", (service) => {
  const environment = {
    AWS_ENDPOINT_URL: here(1),
    [`AWS_ENDPOINT_URL_${service.toUpperCase()}`]: "https://example.com",
  };
  expect(() => localEndpoints({}, environment)).toThrow(
    `The endpoint "https://example.com" of ${service} is not on this machine.`,
  );
});

test("without an endpoint, when the SDK would go to AWS, it says which variable is missing and what to run", () => {
  expect(() => localEndpoints({}, { AWS_ENDPOINT_URL_S3: here(1) })).toThrow(
    /^kms has no endpoint: neither AWS_ENDPOINT_URL_KMS nor AWS_ENDPOINT_URL is set\. .*`npm run local`.*the real provider/,
  );
});
