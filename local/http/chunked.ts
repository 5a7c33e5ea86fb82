import { AwsError } from "../service";

/** Signs one chunk, or the trailer, of a body that is sent in signed pieces: each signature covers the one before it. */
export interface ChunkSigner {
  chunk(data: Uint8Array, previous: string): string;
  trailer(text: string, previous: string): string;
}

export interface Unchunked {
  readonly body: Uint8Array;
  /** Names in lower case; checksums that were known only at the end. */
  readonly trailers: Readonly<Record<string, string>>;
}

export interface ChunkedBody {
  readonly body: Uint8Array;
  /** From `x-amz-decoded-content-length`. */
  readonly decodedLength: number;
  /** Absent where the chunks are not signed. `seed` is the request's own signature. */
  readonly signed?: { readonly signer: ChunkSigner; readonly seed: string };
  readonly hasTrailer: boolean;
}

// "Transferring Payload in Multiple Chunks": only the last one may be smaller. Millions of tiny ones would keep everybody waiting.
const smallestChunk = 8_192;

const incomplete = (): AwsError => new AwsError("IncompleteBody", 400, "The request body terminated unexpectedly");

const chunkTooSmall = (): AwsError =>
  new AwsError(
    "InvalidChunkSizeError",
    403,
    `Only the last chunk is allowed to have a size less than ${smallestChunk} bytes`,
  );

const signatureMismatch = (): AwsError =>
  new AwsError(
    "SignatureDoesNotMatch",
    403,
    "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
  );

/**
 * Takes an `aws-chunked` body apart: `size[;chunk-signature=…] CRLF data CRLF` … `0 CRLF trailer: value CRLF CRLF`.
 * Throws AwsError `IncompleteBody`, `InvalidChunkSizeError` or `SignatureDoesNotMatch`.
 *
 * Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks".
 */
export function unchunk({ body, decodedLength, signed, hasTrailer }: ChunkedBody): Unchunked {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.length);
  const pieces: Buffer[] = [];
  let signature = signed?.seed ?? "";
  let position = 0;
  const line = (): string => {
    const end = buffer.indexOf("\r\n", position);
    if (end < 0) throw incomplete();
    const text = buffer.toString("latin1", position, end);
    position = end + 2;
    return text;
  };
  for (;;) {
    const [, hex, given] = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?\s*$/.exec(line()) ?? [];
    if (hex === undefined) throw incomplete();
    const size = Number.parseInt(hex, 16);
    const data = buffer.subarray(position, position + size);
    if (data.length < size) throw incomplete();
    if (signed) {
      signature = signed.signer.chunk(data, signature);
      if (given !== signature) throw signatureMismatch();
    }
    if (size === 0) break;
    if ((pieces.at(-1)?.length ?? smallestChunk) < smallestChunk) throw chunkTooSmall();
    pieces.push(data);
    position += size;
    if (line() !== "") throw incomplete();
  }
  const decoded = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
  if (decoded.length !== decodedLength) throw incomplete();
  const trailers = hasTrailer ? readTrailers(buffer.toString("utf8", position), signed?.signer, signature) : {};
  return { body: decoded, trailers };
}

function readTrailers(text: string, signer: ChunkSigner | undefined, previous: string): Record<string, string> {
  const pairs = text
    .split(/\r?\n/)
    .filter((line) => line !== "")
    .map((line) => {
      const colon = line.indexOf(":");
      if (colon < 1) throw incomplete();
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()] as const;
    });
  const { "x-amz-trailer-signature": given, ...trailers } = Object.fromEntries(pairs);
  if (signer) {
    const signedText = Object.entries(trailers).map(([name, value]) => `${name}:${value}\n`);
    if (given !== signer.trailer(signedText.join(""), previous)) throw signatureMismatch();
  }
  return trailers;
}
