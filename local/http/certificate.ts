import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";

/** A certificate and its key. Node can sign X.509 but not build it, so the DER is written here. */
export interface Certificate {
  readonly der: Buffer;
  readonly pem: string;
  /** PKCS #8. */
  readonly privateKeyPem: string;
}

/** A throw-away certificate authority and the server certificate that it signed. */
export interface Authority {
  readonly caPem: string;
  readonly server: Certificate;
}

const day = 86_400_000;
const lifetimeInDays = 365;

const der = (tag: number, ...parts: Uint8Array[]): Buffer => {
  const body = Buffer.concat(parts);
  const length = body.length;
  const header = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...header]), body]);
};
const sequence = (...parts: Uint8Array[]): Buffer => der(0x30, ...parts);
const identifier = (hex: string): Buffer => der(0x06, Buffer.from(hex, "hex"));
const octets = (value: Uint8Array): Buffer => der(0x04, value);
const isTrue = der(0x01, Buffer.from([0xff]));
const utcTime = (milliseconds: number): Buffer =>
  der(0x17, Buffer.from(`${new Date(milliseconds).toISOString().replace(/[-:T]/g, "").slice(2, 14)}Z`));
const extension = (id: string, value: Uint8Array, critical = false): Buffer =>
  sequence(identifier(id), ...(critical ? [isTrue] : []), octets(value));
const commonName = (name: string): Buffer =>
  sequence(der(0x31, sequence(identifier("550403"), der(0x0c, Buffer.from(name)))));
const ecdsaWithSha256 = sequence(identifier("2a8648ce3d040302"));
const extendedKeyUsage = { serverAuth: "2b06010505070301", clientAuth: "2b06010505070302" };

/** One bit string: digitalSignature, plus keyCertSign and cRLSign for an authority. */
const keyUsage = (authority: boolean): Buffer => der(0x03, authority ? Buffer.from([1, 0x86]) : Buffer.from([7, 0x80]));

const keyIdOf = (spki: Buffer): Buffer => createHash("sha1").update(spki.subarray(-65)).digest();

const ipBytes = (address: string): Buffer =>
  address === "::1" ? Buffer.from([...Array(15).fill(0), 1]) : Buffer.from(address.split(".").map(Number));

const subjectAltNames = (names: readonly string[]): Buffer =>
  sequence(...names.map((name) => (isIP(name) ? der(0x87, ipBytes(name)) : der(0x82, Buffer.from(name)))));

interface Issuer {
  readonly name: string;
  readonly privateKey: KeyObject;
  readonly keyId: Buffer;
}

interface Wanted {
  readonly name: string;
  readonly authority: boolean;
  readonly names: readonly string[];
  readonly usages: readonly string[];
  readonly issuer?: Issuer;
}

function issue(wanted: Wanted): Certificate & { readonly issuer: Issuer } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const spki = publicKey.export({ type: "spki", format: "der" });
  const self: Issuer = { name: wanted.name, privateKey, keyId: keyIdOf(spki) };
  const issuer = wanted.issuer ?? self;
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]); // positive, and no leading zero
  const now = Date.now();
  // Python from 3.13 on checks strictly: key identifiers, a critical keyUsage and critical basicConstraints.
  const extensions = [
    extension("551d13", wanted.authority ? sequence(isTrue) : sequence(), true),
    extension("551d0f", keyUsage(wanted.authority), true),
    ...(wanted.usages.length > 0 ? [extension("551d25", sequence(...wanted.usages.map(identifier)))] : []),
    extension("551d0e", octets(self.keyId)),
    extension("551d23", sequence(der(0x80, issuer.keyId))),
    ...(wanted.names.length > 0 ? [extension("551d11", subjectAltNames(wanted.names))] : []),
  ];
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ecdsaWithSha256,
    commonName(issuer.name),
    sequence(utcTime(now - day), utcTime(now + lifetimeInDays * day)),
    commonName(wanted.name),
    spki,
    der(0xa3, sequence(...extensions)),
  );
  const signature = der(0x03, Buffer.from([0]), sign("sha256", body, issuer.privateKey));
  const certificate = sequence(body, ecdsaWithSha256, signature);
  const lines = certificate.toString("base64").replace(/.{1,64}/g, "$&\n");
  return {
    der: certificate,
    pem: `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`,
    privateKeyPem: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    issuer: self,
  };
}

/** A self-signed P-256 certificate that is its own authority, for servers and clients that pin each other. */
export function selfSigned(host = "localhost"): Certificate {
  const { der, pem, privateKeyPem } = issue({
    name: host,
    authority: true,
    names: [host],
    usages: [extendedKeyUsage.serverAuth, extendedKeyUsage.clientAuth],
  });
  return { der, pem, privateKeyPem };
}

/** A new authority, and a certificate for every loopback name that S3's two addressing styles lead to. */
export function createAuthority(): Authority {
  const ca = issue({ name: "s3-at-rest local AWS", authority: true, names: [], usages: [] });
  const server = issue({
    name: "localhost",
    authority: false,
    // OpenSSL and Node take no wildcard right below a top-level name, Go does: the others have *.s3.localhost.
    names: ["localhost", "*.localhost", "*.s3.localhost", "127.0.0.1", "::1"],
    usages: [extendedKeyUsage.serverAuth],
    issuer: ca.issuer,
  });
  return { caPem: ca.pem, server };
}
