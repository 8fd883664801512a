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
  /** The head comes and half of the body, then the connection ends. */
  | { readonly kind: 'cut' }
  /** The head comes and half of the body, then nothing any more. */
  | { readonly kind: 'stall' }
  /** One bit of the body is another: `at` is its place as a share of the whole, in [0, 1). */
  | { readonly kind: 'flip'; readonly at: number }
  /** The body is a byte shorter, and its length says so. */
  | { readonly kind: 'shorten' }
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
      sendHalf(response, answer, fault.kind === 'cut');
      return;
    case 'flip':
      sendAnswer(response, { ...answer, body: flipped(answer.body, fault.at) });
      return;
    case 'shorten':
      sendAnswer(response, { ...answer, body: answer.body.subarray(0, -1) });
      return;
    case 'header':
      sendAnswer(response, { ...answer, headers: { ...answer.headers, [fault.name]: fault.value } });
  }
}

function sendHalf(response: http.ServerResponse, { status, headers, body }: ProxiedAnswer, cut: boolean): void {
  const half = body.byteLength >> 1;
  // Where there is no half, one more byte is promised than comes.
  const length = Math.max(body.byteLength, half + 1);
  response.writeHead(status, { ...copied(headers), 'content-length': length });
  response.flushHeaders();
  response.write(body.subarray(0, half), () => {
    if (cut) response.destroy();
  });
}

function flipped(body: Buffer, at: number): Buffer {
  const copy = Buffer.from(body);
  const bit = Math.floor(at * copy.byteLength * 8);
  const byte = copy[bit >> 3];
  if (byte !== undefined) copy[bit >> 3] = byte ^ (1 << (bit & 7));
  return copy;
}
