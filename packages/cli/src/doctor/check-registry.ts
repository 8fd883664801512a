import { permissionHint, type RegistryConnection } from '@waybill/core/cache';
import type { OciStoreUri } from '@waybill/core/content';
import { errorCode, errorMessage, WaybillError } from '@waybill/core/errors';
import { countTags, MANY_TAGS, tooManyTags } from '../cache/index.ts';
import { formatCount } from '../terminal/index.ts';
import { type Check, ok, problem, warning } from './check.ts';

/**
 * Who one is at a registry, and whether its repository can be read and, unless `readOnly`, pushed to. The last is found out
 * by an upload that is begun and given up: nothing is stored, and nothing is seen of it.
 */
export async function checkRegistry(
  connection: RegistryConnection,
  uri: OciStoreUri,
  { readOnly }: { readonly readOnly: boolean },
  signal: AbortSignal,
): Promise<readonly Check[]> {
  const login = await checkLogin(connection, uri.host);
  if (login.status === 'problem') return [login];
  const read = await checkPull(connection, uri.host, signal);
  // What cannot be reached cannot be pushed to either, and waiting for it a second time tells nothing new.
  if (readOnly || (read.error !== undefined && !isDenied(read.error))) return [login, ...read.checks];
  try {
    await connection.registry.blobs.tryUpload({ signal });
  } catch (error) {
    signal.throwIfAborted();
    const onlyPush = read.error === undefined ? ' To restore alone, look with --read-only.' : '';
    const hint = `${hintOf(error, uri.host, 'save')}${onlyPush}`;
    return [
      login,
      ...read.checks,
      problem('write', `the repository cannot be pushed to: ${errorMessage(error)}`, hint),
    ];
  }
  return [
    login,
    ...(read.error === undefined ? read.checks : [notYet(read.error)]),
    ok('write', 'the repository can be pushed to'),
  ];
}

async function checkLogin({ findLogin }: RegistryConnection, host: string): Promise<Check> {
  let found: Awaited<ReturnType<RegistryConnection['findLogin']>>;
  try {
    found = await findLogin();
  } catch (error) {
    return problem('login', errorMessage(error), hintOf(error, host, 'restore'));
  }
  if (found === undefined) {
    const text = `none for ${host}: it is asked without one`;
    if (host !== 'ghcr.io') return ok('login', text);
    const hint = 'Give the step `env: { GITHUB_TOKEN: ${{ github.token }} }`, or log in: docker login ghcr.io.';
    return warning('login', text, hint);
  }
  const { credentials, origin } = found;
  const user = credentials.kind === 'basic' ? `user ${credentials.username}` : 'by a refresh token';
  switch (origin.kind) {
    case 'helper':
      return ok('login', `${host}, ${user}, from docker-credential-${origin.name}`);
    case 'file':
      return ok('login', `${host}, ${user}, from ${origin.path}`);
    case 'github-token':
      return ok('login', `${host}, with GITHUB_TOKEN`);
  }
}

interface Pull {
  readonly checks: readonly Check[];
  readonly error?: unknown;
}

async function checkPull(connection: RegistryConnection, host: string, signal: AbortSignal): Promise<Pull> {
  let tags: number;
  try {
    tags = await countTags(connection, signal);
  } catch (error) {
    signal.throwIfAborted();
    const text = `the repository cannot be read: ${errorMessage(error)}`;
    return { checks: [problem('read', text, hintOf(error, host, 'restore'))], error };
  }
  const found = tags === 0 ? 'it is empty, or made by the first save' : formatCount(tags, 'tag');
  const read = ok('read', `the repository can be read: ${found}`);
  return {
    checks: tags > MANY_TAGS ? [read, warning('tags', tooManyTags(tags), 'Restores and saves still work.')] : [read],
  };
}

/** Some registries deny what does not exist, and make it when something is pushed. */
function notYet(error: unknown): Check {
  return warning(
    'read',
    `the repository cannot be read, though it can be pushed to: ${errorMessage(error)}`,
    'Save something first: a registry may deny what does not exist yet.',
  );
}

function isDenied(error: unknown): boolean {
  return errorCode(error) === 'STORE_DENIED';
}

function hintOf(error: unknown, host: string, use: 'restore' | 'save'): string {
  if (isDenied(error)) return permissionHint(host, use);
  if (errorCode(error) === 'REGISTRY_REFUSED')
    return 'The registry answers, and does not do this: look whether it is read-only, and into its log.';
  const hint = error instanceof WaybillError ? error.hint : undefined;
  return hint ?? `Look whether ${host} is a registry and can be reached from here.`;
}
