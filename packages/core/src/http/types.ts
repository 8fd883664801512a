/** Bytes that are sent: as they are, or opened anew for each try. `size` is the Content-Length; what is opened must have it. */
export type RequestBody = Uint8Array | { readonly size: number; open(): AsyncIterable<Uint8Array> };

/** What a redirect would lead to. */
export interface Hop {
  readonly status: number;
  readonly from: URL;
  readonly to: URL;
}

export interface HttpRequest {
  /** Upper case. */
  readonly method: string;
  /** `http:` or `https:`, without user and password. */
  readonly url: string | URL;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds without a byte while connecting, while a body is sent or while one is read. Default 30 s. */
  readonly idleTimeoutMs?: number;
  /** Milliseconds from the end of the request to the head of its answer. Default 180 s. */
  readonly answerTimeoutMs?: number;
  /** Reading more than this from the body throws `HTTP_TOO_LARGE`; announced bodies of more are refused at once. */
  readonly maxBodyBytes?: number;
  /**
   * Whether a redirect is followed; without it the redirect is the answer. 307 and 308 send the body again, 301, 302 and
   * 303 are followed for GET and HEAD alone. At most 5 in a row.
   */
  readonly follow?: (hop: Hop) => boolean;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case, values that came several times joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  /** Where the answer came from, after redirects. */
  readonly url: URL;
  /**
   * The body, once. A caller that does not read it to its end calls {@link discard}.
   * Throws WaybillError `HTTP_TIMEOUT_IDLE`, `HTTP_BROKEN` (cut off), `HTTP_TOO_LARGE`.
   */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * The body, for a reader that has no use for a piece once it asks for the next: the piece is empty then, and its memory given
   * back at once instead of when the collector comes to it.
   */
  passing(): AsyncIterable<Uint8Array>;
  /** Gives up the body; the connection is kept where little is left to read. Never throws. */
  discard(): Promise<void>;
}

/** The one way to the network. */
export interface Http {
  /**
   * Sends a request and gives the head of the answer, whatever its status. An `authorization` header goes to the origin
   * of `url` alone, never along a redirect to another.
   * @throws WaybillError `HTTP_UNREACHABLE`, `HTTP_TLS`, `HTTP_PROXY_REFUSED`, `HTTP_BROKEN`, `HTTP_TIMEOUT_IDLE`,
   *   `HTTP_TIMEOUT_ANSWER`, `HTTP_TOO_LARGE`, `HTTP_TOO_MANY_REDIRECTS`, `HTTP_REDIRECT_REFUSED` (from https to http),
   *   `HTTP_URL_INVALID`; after an abort the signal's reason; an error of the body's own source as it is
   */
  request(request: HttpRequest): Promise<HttpResponse>;
  /** Closes the connections that are kept alive. */
  close(): void;
}

/** A request with all its choices made, to one URL. */
export interface Exchange extends Omit<HttpRequest, 'url' | 'follow' | 'headers'> {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly idleTimeoutMs: number;
  readonly answerTimeoutMs: number;
}
