import { hashFields } from '../content/index.ts';
import { errorAdvice, WaybillError } from '../errors/index.ts';
import type { DerivedKey, KeyDeps, KeyRequest, PresetPaths } from '../keys/index.ts';
import { type Digest, parseDigest } from '../oci/index.ts';
import { parsePaths } from '../paths/index.ts';
import type { RunContext, Runner } from '../runner/index.ts';
import { quote } from './cache-log.ts';
import { classifyError } from './classify-error.ts';
import type { EntryInputs } from './entry-inputs.ts';
import { keyPlatform } from './identity.ts';
import type { Reason } from './outcome.ts';
import type { PathInput } from './step-inputs.ts';

/** The entry that a step means, all of it known. */
export interface Entry {
  readonly path: PathInput;
  /** 1 to 512 characters, no comma. */
  readonly key: string;
  readonly restoreKeys: readonly string[];
  /** Versions of the tools that a derived key depends on, by tool: the part that counts (S2-8). */
  readonly toolchain?: Readonly<Record<string, string>>;
  /** Of a derived key: of its only lockfile, or over the names and hashes of all (S2-8). */
  readonly lockfileHash?: Digest;
}

export interface ResolveEntryDeps {
  readonly runner: Pick<Runner, 'info' | 'notice' | 'warning' | 'group'>;
  readonly context: RunContext;
  /** Called only where something is derived: what starts tools need not be loaded by other steps. */
  readonly tools: () => Promise<Pick<KeyDeps, 'runTool' | 'env'>>;
  readonly signal?: AbortSignal;
}

/**
 * What the step says, and what follows from the workspace where it says nothing: a path, a key, restore-keys that are
 * given win over derived ones. A derived key is explained in a group of the log.
 * @throws WaybillError `KEY_NOT_DERIVED`, see `deriveKey`. The signal's reason after an abort
 */
export async function resolveEntry(
  inputs: EntryInputs & { readonly crossOsArchive: boolean },
  { runner, context, tools, signal }: ResolveEntryDeps,
): Promise<Entry> {
  const { path, key, restoreKeys, auto, preset, from } = inputs;
  if (key !== undefined && from.length > 0) runner.notice('`key-from` has no effect: `key` says what the key is');
  if (path !== undefined && key !== undefined) return { path, key, restoreKeys };

  const { deriveKey, explainKey, findPresetPaths } = await import('../keys/index.ts');
  const { repository } = context;
  const request: KeyRequest = {
    repository,
    platform: keyPlatform(context, inputs.crossOsArchive),
    auto,
    preset,
    from,
    context,
  };
  const deps: KeyDeps = { ...(await tools()), ...(signal === undefined ? {} : { signal }) };
  const [derived, found] = await Promise.all([
    key === undefined ? deriveKey(request, deps) : undefined,
    path === undefined ? findPresetPaths(request, deps) : undefined,
  ]);
  if (derived !== undefined) {
    await runner.group(`key: ${derived.key}`, async () => runner.info(explainKey(derived)));
  }
  if (found !== undefined) logPaths(found, runner);
  const named = derived === undefined ? { key: key ?? '', restoreKeys } : nameBy(derived, restoreKeys);
  return { path: path ?? { lines: found?.lines ?? [], set: parsePaths(found?.lines ?? [], context) }, ...named };
}

/**
 * What it means for a step that its entry is not known: a workflow that must change fails it, as a wrong input does; a
 * tool that did not answer costs no more than the cache (S2-U1), with a warning.
 * @param done what the step would have done to the cache
 * @throws the error itself where it is the user's
 */
export function unresolved(
  error: unknown,
  done: 'restored' | 'saved',
  { runner, signal }: Pick<ResolveEntryDeps, 'runner' | 'signal'>,
): { readonly result: 'error' | 'skipped'; readonly reason: Reason } {
  if (signal?.aborted) {
    runner.info(`nothing is ${done}: the job was cancelled`);
    return { result: 'skipped', reason: '' };
  }
  if (error instanceof WaybillError && error.kind === 'user') throw error;
  const { reason } = classifyError(error);
  runner.warning(`nothing is ${done} (${reason}): ${errorAdvice(error)}`);
  return { result: 'error', reason };
}

function nameBy(derived: DerivedKey, given: readonly string[]): Omit<Entry, 'path'> {
  const tools = derived.fields.filter(({ kind }) => kind === 'tool');
  const hash = lockfileHash(derived);
  return {
    key: derived.key,
    restoreKeys: given.length > 0 ? given : derived.restoreKeys,
    ...(tools.length === 0 ? {} : { toolchain: Object.fromEntries(tools.map(({ name, value }) => [name, value])) }),
    ...(hash === undefined ? {} : { lockfileHash: hash }),
  };
}

function lockfileHash({ fields }: DerivedKey): Digest | undefined {
  const locks = fields.filter(({ kind }) => kind === 'lock');
  const [only] = locks;
  if (only === undefined) return undefined;
  return parseDigest(
    locks.length === 1 ? only.value : `sha256:${hashFields(locks.flatMap(({ name, value }) => [name, value]))}`,
  );
}

function logPaths({ lines, notes }: PresetPaths, runner: Pick<Runner, 'info'>): void {
  for (const note of notes) runner.info(note);
  runner.info(`path: ${lines.map(quote).join(', ')}`);
}
