import { recordOf } from './route.ts';
import type { FakeGitHub, FakeToken } from './types.ts';

/** Tokens of the stand-in's own tests. */
export const WRITER: FakeToken = {
  name: 'writer',
  secret: 'ghs_writerwriterwriterwriter',
  permissions: { contents: 'write', packages: 'write', 'pull-requests': 'write', actions: 'read' },
};
export const READER: FakeToken = {
  name: 'reader',
  secret: 'ghs_readerreaderreaderreader',
  permissions: { contents: 'read', packages: 'read' },
};
export const NOBODY: FakeToken = { name: 'nobody', secret: 'ghs_nobodynobodynobodynobody', permissions: {} };

export interface Asked {
  readonly token?: FakeToken | undefined;
  readonly accept?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

export interface Answered {
  readonly status: number;
  readonly json: unknown;
  readonly text: string;
  /** The fields of a JSON object. */
  readonly fields: Readonly<Record<string, unknown>>;
  header(name: string): string | null;
}

/** One plain request to the stand-in; paths are below the repository, unless they are whole. */
export async function ask(fake: FakeGitHub, method: string, path: string, asked: Asked = {}): Promise<Answered> {
  const { token = WRITER, accept = 'application/vnd.github+json', body } = asked;
  const url = path.startsWith('http')
    ? path
    : `${fake.apiUrl}${path.startsWith('/') ? path : `/repos/${fake.repository}/${path}`}`;
  const isBytes = body instanceof Uint8Array;
  const response = await fetch(url, {
    method,
    redirect: 'manual',
    headers: {
      accept,
      authorization: `token ${token.secret}`,
      ...(body === undefined ? {} : { 'content-type': isBytes ? 'application/octet-stream' : 'application/json' }),
      ...asked.headers,
    },
    ...(body === undefined ? {} : { body: isBytes ? Buffer.from(body) : JSON.stringify(body) }),
  });
  const text = await response.text();
  const json = parsed(text);
  return {
    status: response.status,
    json,
    text,
    fields: recordOf(json),
    header: (name) => response.headers.get(name),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
