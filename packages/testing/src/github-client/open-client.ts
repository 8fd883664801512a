import type { RetryClock } from '@waybill/core/async';
import { createGitHub, type GitHub, gitHubUrls } from '@waybill/core/github';
import { createHttp } from '@waybill/core/http';
import { type FakeGitHub, type FakeGitHubOptions, type FakeToken, startFakeGitHub } from '../github/index.ts';

/** Time that passes only while somebody sleeps. Milliseconds since the epoch. */
export interface VirtualClock extends RetryClock {
  /** Every wait, in order. */
  readonly waits: readonly number[];
  advance(ms: number): void;
}

export function virtualClock(start = Date.UTC(2026, 10, 25, 12)): VirtualClock {
  let now = start;
  const waits: number[] = [];
  return {
    waits,
    now: () => now,
    random: () => 0.5,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}

export const WRITER: FakeToken = {
  name: 'writer',
  secret: 'ghs_writerwriterwriterwriter',
  permissions: { contents: 'write' },
};
export const READER: FakeToken = {
  name: 'reader',
  secret: 'ghs_readerreaderreaderreader',
  permissions: { contents: 'read' },
};
export const OUTSIDER: FakeToken = { name: 'outsider', secret: 'ghs_outsideroutsideroutsider', permissions: {} };

/** More than any machine needs. A test of silence says how long it waits. */
const SILENCE_MS = 25_000;

/** A stand-in, and clients of it in the same time. */
export interface GitHubSite {
  readonly fake: FakeGitHub;
  readonly clock: VirtualClock;
  /** What clients said before they waited. */
  readonly lines: readonly string[];
  client(token?: FakeToken, options?: { readonly budgetMs?: number; readonly writeGapMs?: number }): GitHub;
  /** Rejects where an exchange was not as GitHub describes it. */
  stop(): Promise<void>;
}

/**
 * @param options what the stand-in is like; it knows {@link WRITER}, {@link READER} and {@link OUTSIDER}
 * @param silenceMs how long clients wait for an answer
 */
export async function startGitHubSite(options: FakeGitHubOptions = {}, silenceMs = SILENCE_MS): Promise<GitHubSite> {
  const clock = virtualClock();
  const lines: string[] = [];
  const fake = await startFakeGitHub({ clock: clock.now, tokens: [WRITER, READER, OUTSIDER], ...options });
  const http = createHttp({ idleTimeoutMs: silenceMs, answerTimeoutMs: silenceMs });
  const urls = {
    ...gitHubUrls({ GITHUB_API_URL: fake.apiUrl, GITHUB_GRAPHQL_URL: fake.graphqlUrl }),
    uploads: fake.uploadsUrl,
  };
  return {
    fake,
    clock,
    lines,
    client: (token = WRITER, more = {}) =>
      createGitHub({
        repository: fake.repository,
        urls,
        token: token.secret,
        http,
        clock,
        onWait: (line) => lines.push(line),
        ...more,
      }),
    stop: async () => {
      http.close();
      await fake.stop();
    },
  };
}
