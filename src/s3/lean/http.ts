export interface HttpRequest {
  readonly method: string;
  /** Absolute, and percent-encoded as it is to be sent. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  /** Ends the request: it may have had its effect. */
  readonly signal?: AbortSignal;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** One exchange. Rejects where no whole answer came. */
export type Send = (request: HttpRequest) => Promise<HttpResponse>;
