import { json, type Reply } from '../loopback/index.ts';

export { json, type Reply, reply } from '../loopback/index.ts';

/** An error as distribution-spec 1.1 "Error Codes" writes it. */
export function failure(status: number, code: string, message: string, headers: Record<string, string> = {}): Reply {
  return json(status, { errors: [{ code, message, detail: null }] }, headers);
}

/** A request that was read, on its way to an answer. */
export interface Incoming {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}
