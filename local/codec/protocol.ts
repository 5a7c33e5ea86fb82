import type { Target } from "../http/target";
import type { AwsError, HttpResponse } from "../service";
import type { OperationShape } from "./schema";

/** How one service's requests and answers look on the wire. Reading throws AwsError where the request is wrong. */
export interface Protocol {
  find(target: Target): OperationShape | undefined;
  read(operation: OperationShape, target: Target): Record<string, unknown>;
  write(operation: OperationShape, output: Readonly<Record<string, unknown>>, requestId: string): HttpResponse;
  refuse(error: AwsError, target: Pick<Target, "method">, requestId: string): HttpResponse;
}

export const textResponse = (
  status: number,
  headers: Readonly<Record<string, string>>,
  text: string,
): HttpResponse => ({ status, headers: { ...headers }, body: Buffer.from(text) });

/** A body's text. Not with `Buffer.from(body)`: what an SDK hands over in process may have methods of its own. */
export const textOf = (body: Uint8Array): string =>
  Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString();
