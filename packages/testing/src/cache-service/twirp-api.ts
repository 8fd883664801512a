import { type Answer, json, twirpError } from './answer.ts';
import type { BlobFiles } from './blob-files.ts';
import type { EntryIndex, EntryPlace } from './entry-index.ts';
import type { Bearer } from './runtime-token.ts';
import type { CacheOperation } from './types.ts';

export const TWIRP_PATH = '/twirp/github.actions.results.api.v1.CacheService/';
/** The toolkit refuses longer ones, and ones with a comma, before it asks. */
const MAX_KEY = 512;
const MAX_KEYS = 10;

export interface TwirpWorld {
  readonly index: EntryIndex;
  readonly files: BlobFiles;
  /** Makes the address for a blob. */
  sign(id: string, allowed: 'write' | 'read'): string;
}

/** The answer to a method's request, of somebody whose token was good. Fields are taken by both of their JSON names, as protobuf has it. */
export function answerTwirp(operation: CacheOperation, body: Uint8Array, bearer: Bearer, world: TwirpWorld): Answer {
  const request = parseRequest(body);
  if (request === undefined) return twirpError(400, 'malformed', 'the request is no JSON object');
  const key = text(request, 'key');
  const version = text(request, 'version');
  const wrong = keyProblem(key) ?? (version === '' ? 'version is required' : undefined);
  if (wrong !== undefined) return twirpError(400, 'invalid_argument', wrong);
  const { repositoryId, scopes } = bearer;
  if (operation === 'GetCacheEntryDownloadURL') {
    const restoreKeys = list(request, 'restoreKeys', 'restore_keys');
    const problem = restoreKeys.map(keyProblem).find((found) => found !== undefined);
    if (problem !== undefined || restoreKeys.length >= MAX_KEYS) {
      return twirpError(400, 'invalid_argument', problem ?? `at most ${MAX_KEYS} keys`);
    }
    const entry = world.index.find({ repositoryId, scopes, key, restoreKeys, version });
    return entry === undefined
      ? json(200, { ok: false })
      : json(200, { ok: true, signed_download_url: world.sign(entry.id, 'read'), matched_key: entry.key });
  }
  const scope = scopes.find(({ access }) => access === 'write')?.scope;
  if (scope === undefined) return json(200, { ok: false, message: 'the token may not write to any scope' });
  const place = { repositoryId, scope, key, version };
  return operation === 'CreateCacheEntry' ? create(place, world) : finish(place, request, world);
}

function create(place: EntryPlace, { index, sign }: TwirpWorld): Answer {
  const id = index.reserve(place);
  return id === undefined
    ? twirpError(409, 'already_exists', 'cache entry with the same key, version, and scope already exists')
    : json(200, { ok: true, signed_upload_url: sign(id, 'write') });
}

function finish(place: EntryPlace, request: Fields, { index, files }: TwirpWorld): Answer {
  const id = index.reserved(place);
  if (id === undefined) return twirpError(404, 'not_found', 'no entry is reserved under this key, version and scope');
  // int64 is text in the JSON of protobuf, and readers take numbers as well.
  const told = Number(request['sizeBytes'] ?? request['size_bytes'] ?? 0);
  const size = files.properties(id)?.size;
  if (size !== told) {
    return json(200, { ok: false, message: `the upload has ${size ?? 'no'} bytes, ${told} were announced` });
  }
  index.finish(id, size);
  return json(200, { ok: true, entry_id: id });
}

type Fields = Readonly<Record<string, unknown>>;

function parseRequest(body: Uint8Array): Fields | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value))
      : undefined;
  } catch {
    return undefined;
  }
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === 'string' ? value : '';
}

function list(fields: Fields, ...names: readonly string[]): readonly string[] {
  const value = names.map((name) => fields[name]).find((found) => found !== undefined);
  return Array.isArray(value) ? value.map(String) : [];
}

function keyProblem(key: string): string | undefined {
  if (key === '') return 'key is required';
  if (key.length > MAX_KEY) return `a key has at most ${MAX_KEY} characters`;
  return key.includes(',') ? 'a key has no comma' : undefined;
}
