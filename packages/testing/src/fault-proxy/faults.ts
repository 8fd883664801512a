import type http from 'node:http';
import { copied, type ProxiedAnswer, sendAnswer } from './exchange.ts';

/** What becomes of one request. Those that name no answer of their own spoil the one of the target. */
export type ProxyFault =
  /** Answered in place of the target, before the body has come. */
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  /** A 307 to the same path on this host, by https, with a signature. */
  | { readonly kind: 'elsewhere'; readonly host: string }
  /** The connection ends before the request reaches the target. */
  | { readonly kind: 'reset' }
  /** The target did what was asked, and the connection ends before its answer. */
  | { readonly kind: 'lost' }
  /** The target did what was asked, and nothing comes. */
  | { readonly kind: 'silence' }
  /** The head comes and a part of the body, then the connection ends. `at`: a share of the whole, in [0, 1); default half. */
  | { readonly kind: 'cut'; readonly at?: number }
  /** The same, then nothing any more. */
  | { readonly kind: 'stall'; readonly at?: number }
  /** One bit of the body is another: `at` is its place as a share of the whole, in [0, 1). */
  | { readonly kind: 'flip'; readonly at: number }
  /** The body is shorter, and its length says so. `to`: a share of the whole, in [0, 1); default a byte less. */
  | { readonly kind: 'shorten'; readonly to?: number }
  | { readonly kind: 'header'; readonly name: string; readonly value: string };

/** What is done with the target's answer. */
export type Spoiling = Exclude<ProxyFault, { readonly kind: 'answer' | 'elsewhere' | 'reset' }>;

/** Sends the target's answer as the fault has it. */
export function sendSpoilt(response: http.ServerResponse, answer: ProxiedAnswer, fault: Spoiling): void {
  switch (fault.kind) {
    case 'lost':
      response.destroy();
      return;
    case 'silence':
      return;
    case 'cut':
    case 'stall':
      sendPart(response, answer, fault);
      return;
    case 'flip':
      sendAnswer(response, { ...answer, body: flipped(answer.body, fault.at) });
      return;
    case 'shorten':
      sendAnswer(response, { ...answer, body: answer.body.subarray(0, placeIn(answer.body, fault.to) ?? -1) });
      return;
    case 'header':
      sendAnswer(response, { ...answer, headers: { ...answer.headers, [fault.name]: fault.value } });
  }
}

function sendPart(
  response: http.ServerResponse,
  { status, headers, body }: ProxiedAnswer,
  { kind, at }: Extract<Spoiling, { readonly kind: 'cut' | 'stall' }>,
): void {
  const end = placeIn(body, at) ?? body.byteLength >> 1;
  // Where there is nothing to leave out, one more byte is promised than comes.
  const length = Math.max(body.byteLength, end + 1);
  response.writeHead(status, { ...copied(headers), 'content-length': length });
  response.flushHeaders();
  response.write(body.subarray(0, end), () => {
    if (kind === 'cut') response.destroy();
  });
}

function placeIn(body: Buffer, share: number | undefined): number | undefined {
  return share === undefined ? undefined : Math.floor(share * body.byteLength);
}

function flipped(body: Buffer, at: number): Buffer {
  const copy = Buffer.from(body);
  const bit = Math.floor(at * copy.byteLength * 8);
  const byte = copy[bit >> 3];
  if (byte !== undefined) copy[bit >> 3] = byte ^ (1 << (bit & 7));
  return copy;
}
