import { X509Certificate } from "node:crypto";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { connect, type PeerCertificate } from "node:tls";
import { createAuthority, selfSigned } from "../../../local/http/certificate";

test("the server certificate is signed by the authority and covers every loopback name", () => {
  const { caPem, server } = createAuthority();
  const ca = new X509Certificate(caPem);
  const leaf = new X509Certificate(server.pem);
  expect(ca.ca).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.verify(ca.publicKey)).toBe(true);
  expect(leaf.checkIssued(ca)).toBe(true);
  for (const host of ["localhost", "bucket.s3.localhost"]) {
    expect(leaf.checkHost(host)).toBeDefined();
  }
  for (const address of ["127.0.0.1", "::1"]) expect(leaf.checkIP(address)).toBeDefined();
  expect(leaf.checkHost("example.com")).toBeUndefined();
});

test("a self-signed certificate is its own authority", () => {
  const { pem, der } = selfSigned();
  const certificate = new X509Certificate(pem);
  expect(certificate.raw).toEqual(der);
  expect(certificate.ca).toBe(true);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.checkHost("localhost")).toBe("localhost");
  expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"]);
});

test("a client that trusts only the authority accepts the server, and one that trusts another refuses it", async () => {
  const { caPem, server } = createAuthority();
  const listening = createServer({ cert: server.pem, key: server.privateKeyPem });
  listening.on("tlsClientError", () => {}); // the refusal below arrives here as well
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as AddressInfo;
  const peer = (ca: string): Promise<PeerCertificate> =>
    new Promise((resolve, reject) => {
      const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" }, () => {
        resolve(socket.getPeerCertificate());
        socket.destroy();
      });
      socket.on("error", reject);
    });
  try {
    expect((await peer(caPem)).subject.CN).toBe("localhost");
    await expect(peer(createAuthority().caPem)).rejects.toThrow(/certificate/);
  } finally {
    await new Promise((resolve) => listening.close(resolve));
  }
});
