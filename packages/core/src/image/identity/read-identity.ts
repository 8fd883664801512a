import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { hashFields, netstrings } from '../../content/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import type { BuildSource, Identity, IgnoredFiles } from './build-source.ts';
import { hashContextFiles, hashFile, listContextFiles } from './context-files.ts';
import { type DockerIgnore, NO_DOCKER_IGNORE, parseDockerIgnore } from './dockerignore.ts';
import { type Checkout, findCheckout, type GitDeps, readGitState, readObjectId } from './git-state.ts';
import { localContext } from './local-context.ts';

const SCHEME = 'waybill-image-identity-1';
const SHOWN = 5;

/**
 * What this build is known by: the same for the same sources and parameters on any machine, another as soon as one of them
 * differs. Secrets, labels, annotations, tags and caches do not count.
 *
 * @throws WaybillError `CONTEXT_DIRTY`, `CONTEXT_MISSING`, `CONTEXT_UNREADABLE`, `DOCKERFILE_MISSING`, `CHECKOUT_MISSING`, `DOCKERIGNORE_INVALID`,
 *   `GIT_FAILED` (user), `TOOL_MISSING` (user)
 */
export async function readIdentity(source: BuildSource, deps: GitDeps): Promise<Identity> {
  const context = await realFolder(source.context, 'context');
  const checkout = await findCheckout(context, deps);
  if (checkout === undefined && source.by !== 'inputs') throw checkoutMissing(source);
  const dockerfile = await realFile(source.file ?? join(context, 'Dockerfile'));
  const ignoreFile = await readIgnoreFile(context, dockerfile);
  const place = { source, checkout, deps };

  const main = await readPlace(place, 'context', context, ignoreFile.rules, [dockerfile, ignoreFile.path]);
  const contexts: (readonly [string, string])[] = [];
  let ignored = main.ignored;
  for (const [name, value] of [...source.buildContexts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const folder = localContext(value);
    if (folder === undefined) {
      contexts.push([`build-context ${name}`, value]);
      continue;
    }
    const at = await realFolder(resolve(source.workspace, folder), `build-contexts: ${name}`);
    const there = await readPlace(place, name, at, await rulesOf(at), []);
    contexts.push([`build-context ${name}`, there.value]);
    ignored = sum(ignored, there.ignored);
  }
  const platforms = source.platforms.length === 0 ? [source.nativePlatform] : source.platforms;
  const fields: (readonly [string, string])[] = [
    ['image', source.image],
    ['scope', source.scope],
    [
      source.by,
      source.by === 'commit' ? (checkout?.commit ?? '') : source.by === 'tree' ? main.tree : hashFields(source.inputs),
    ],
    ['context', main.value],
    ['file', `${nameOf(checkout, context, dockerfile)} ${await hashFile(dockerfile)}`],
    ['.dockerignore', ignoreFile.hash],
    ['target', source.target],
    ['platforms', [...new Set(platforms.map(normalPlatform))].sort().join(',')],
    ...[...source.buildArgs]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, value]) => [`build-arg ${name}`, value === undefined ? 'unset' : `=${value}`] as const),
    ...contexts,
  ];
  return { text: identityText(fields), kind: source.by, commit: checkout?.commit, ignored, fields };
}

/** The identity that these fields make. */
export function identityText(fields: Identity['fields']): string {
  return hashFields([SCHEME, ...fields.map((field) => netstrings([...field]))]);
}

interface Place {
  readonly source: BuildSource;
  readonly checkout: Checkout | undefined;
  readonly deps: GitDeps;
}

/** What one folder of sources is known by besides its commit: where it lies, and what git does not know of it. */
async function readPlace(
  { source, checkout, deps }: Place,
  name: string,
  folder: string,
  ignore: DockerIgnore,
  besides: readonly (string | undefined)[],
): Promise<{ readonly value: string; readonly tree: string; readonly ignored: IgnoredFiles }> {
  const { signal } = deps;
  if (checkout === undefined || !isInside(checkout.top, folder)) {
    // Nobody but its bytes can say what it is.
    const files = await listContextFiles(folder, [''], ignore, signal);
    const hash = await hashContextFiles(folder, files, signal);
    return { value: `files ${hash}`, tree: hash, ignored: describeFiles(files) };
  }
  const at = slashes(relative(checkout.top, folder)) || '.';
  const state = await readGitState(checkout, at, deps);
  if (source.by !== 'inputs') {
    const untracked = await listContextFiles(folder, state.untracked, ignore, signal);
    const wrong = [
      ...state.changed.filter((path) => path === '' || !ignore.leavesOut(path)),
      ...untracked.map(({ path }) => path),
    ];
    wrong.push(...(await dirtyFiles(checkout, besides, deps)));
    if (wrong.length > 0) throw contextDirty(name, at, [...new Set(wrong)]);
  }
  const places = source.by === 'inputs' ? [...state.ignored, ...state.untracked] : state.ignored;
  const files = await listContextFiles(folder, places, ignore, signal);
  const absent = state.absent.filter((path) => !ignore.leavesOut(path));
  const hash = files.length === 0 ? 'none' : await hashContextFiles(folder, files, signal);
  const tree = source.by === 'tree' ? await readObjectId(checkout, at, deps) : '';
  const parts = [at, `ignored ${hash}`, ...(absent.length === 0 ? [] : [`absent ${hashFields([...absent].sort())}`])];
  // The tree of another folder than the context counts for itself.
  if (source.by === 'tree' && name !== 'context') parts.push(`tree ${tree}`);
  return { value: parts.join(' '), tree, ignored: describeFiles(files) };
}

/** Those of these files that differ from HEAD or are untracked, by their path from the top; ignored ones are hashed anyway. */
async function dirtyFiles(
  checkout: Checkout,
  files: readonly (string | undefined)[],
  deps: GitDeps,
): Promise<readonly string[]> {
  const dirty: string[] = [];
  for (const file of files) {
    if (file === undefined || !isInside(checkout.top, file)) continue;
    const at = slashes(relative(checkout.top, file));
    const { changed, untracked } = await readGitState(checkout, at, deps);
    if (changed.length + untracked.length > 0) dirty.push(at);
  }
  return dirty;
}

/** `<Dockerfile>.dockerignore`, else `.dockerignore` of the context (docs.docker.com, "Build context"). */
async function readIgnoreFile(
  context: string,
  dockerfile: string,
): Promise<{ readonly rules: DockerIgnore; readonly hash: string; readonly path: string | undefined }> {
  for (const path of [`${dockerfile}.dockerignore`, join(context, '.dockerignore')]) {
    const text = await readText(path);
    if (text !== undefined) return { rules: parseDockerIgnore(text, path), hash: hashFields([text]), path };
  }
  return { rules: NO_DOCKER_IGNORE, hash: 'none', path: undefined };
}

async function rulesOf(folder: string): Promise<DockerIgnore> {
  const path = join(folder, '.dockerignore');
  const text = await readText(path);
  return text === undefined ? NO_DOCKER_IGNORE : parseDockerIgnore(text, path);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function realFolder(path: string, input: string): Promise<string> {
  try {
    if ((await stat(path)).isDirectory()) return await realpath(path);
  } catch (error) {
    if (errorCode(error) !== 'ENOENT' && errorCode(error) !== 'ENOTDIR') throw error;
  }
  throw new WaybillError('CONTEXT_MISSING', `${input}: there is no folder ${path}`, {
    kind: 'user',
    hint: 'A path is relative to the workspace; check the repository out (actions/checkout) before this step.',
  });
}

async function realFile(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (cause) {
    throw new WaybillError('DOCKERFILE_MISSING', `file: there is no ${path}`, {
      kind: 'user',
      hint: 'Name it with `file`, relative to the workspace; without that it is the Dockerfile of the context.',
      cause,
    });
  }
}

function nameOf(checkout: Checkout | undefined, context: string, file: string): string {
  const base = checkout !== undefined && isInside(checkout.top, file) ? checkout.top : context;
  return slashes(relative(base, file));
}

function isInside(top: string, path: string): boolean {
  const way = relative(top, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

function slashes(path: string): string {
  return path.split(sep).join('/');
}

/** `linux/arm64/v8` is `linux/arm64` (containerd's platforms.Normalize). */
function normalPlatform(platform: string): string {
  return platform.toLowerCase().replace(/^([^/]+\/arm64)\/v8$/, '$1');
}

function describeFiles(files: readonly { readonly path: string; readonly bytes: number }[]): IgnoredFiles {
  return {
    files: files.length,
    bytes: files.reduce((total, { bytes }) => total + bytes, 0),
    sample: files.slice(0, SHOWN).map(({ path }) => path),
  };
}

function sum(a: IgnoredFiles, b: IgnoredFiles): IgnoredFiles {
  return { files: a.files + b.files, bytes: a.bytes + b.bytes, sample: [...a.sample, ...b.sample].slice(0, SHOWN) };
}

function checkoutMissing({ by, context }: BuildSource): WaybillError {
  return new WaybillError('CHECKOUT_MISSING', `identity: ${by} needs a git checkout, and ${context} is in none`, {
    kind: 'user',
    hint: 'Check the repository out (actions/checkout) before this step, or say with `identity: inputs` and `identity-from` what the image depends on.',
  });
}

function contextDirty(name: string, at: string, paths: readonly string[]): WaybillError {
  const shown = paths.slice(0, SHOWN).join(', ');
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return new WaybillError(
    'CONTEXT_DIRTY',
    `${name} (${at}) is not what is committed: ${shown}${more} ${paths.length === 1 ? 'is' : 'are'} changed or untracked`,
    {
      kind: 'user',
      hint: 'The commit would not tell what was built. Commit them, leave them out by .dockerignore, or let git ignore what an earlier step generates: then it counts by its content.',
    },
  );
}
