import type { NameMatch } from '../content/index.ts';
import { errorAdvice, errorMessage } from '../errors/index.ts';
import { isDigest } from '../oci/index.ts';
import type { PathSet } from '../paths/index.ts';
import type { CacheMode } from '../runner/index.ts';
import { quote } from './cache-log.ts';
import { classifyError } from './classify-error.ts';
import type { CacheDeps } from './deps.ts';
import { dropCorruptBlobs } from './drop-corrupt.ts';
import { explainMiss } from './explain-miss.ts';
import { formatBytes, formatCount, formatSeconds } from './format.ts';
import { CACHE_KIND, cacheVersion } from './identity.ts';
import { isSameKey } from './key.ts';
import type { Reason, RestoreOutcome, RestoreResult } from './outcome.ts';
import { reportProgress } from './progress.ts';
import { mayRead, mayWrite, type UnsignedPolicy, unsignedVerdict } from './trust.ts';

export interface RestoreRequest {
  readonly paths: PathSet;
  /** 1 to 512 characters, no comma. */
  readonly key: string;
  /** Prefixes, in the order in which they count. At most 9. */
  readonly restoreKeys: readonly string[];
  readonly crossOsArchive: boolean;
  /** Only look up; no file is touched. */
  readonly lookupOnly: boolean;
  /** Where to look, in order. Empty where the run has no ref. */
  readonly scopes: readonly string[];
  /** `<os>-<arch>`. */
  readonly platform: string;
  readonly mode: CacheMode;
  readonly releaseContext: boolean;
  readonly unsigned: UnsignedPolicy;
  /** After which the restore is given up, in milliseconds. */
  readonly timeoutMs: number;
}

/** What is known of an outcome besides its duration. */
type Found = Omit<RestoreOutcome, 'durationMs'>;

const NOTHING = { restoredFiles: 0, restoredBytes: 0, downloadedBytes: 0 };

/**
 * Finds the entry for a key and restores it. Never throws: whatever goes wrong is told by a warning and by the outcome
 * (S2-U1), and `partially-applied` excepted, no file has changed then.
 */
export async function restoreCache(request: RestoreRequest, deps: CacheDeps): Promise<RestoreOutcome> {
  const start = deps.machine.now();
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const signal = deps.signal === undefined ? timeout : AbortSignal.any([deps.signal, timeout]);
  let found: Found;
  try {
    found = (await refusal(request, deps)) ?? (await lookUp(request, { ...deps, signal }));
  } catch (error) {
    found = interrupted(error, { request, deps, timeout });
  }
  return { ...found, durationMs: deps.machine.now() - start };
}

/** What is known before anything is asked. */
async function refusal(request: RestoreRequest, { log }: CacheDeps): Promise<Found | undefined> {
  if (request.scopes.length === 0) {
    log.warning('nothing is restored: this event belongs to no ref, so there is no scope to look in');
    return { result: 'skipped', reason: 'no-ref', ...NOTHING };
  }
  if (!mayRead(request.mode)) {
    log.notice(`nothing is restored: the job's cache-mode is ${request.mode}, and restoring needs read`);
    return { result: 'skipped', reason: 'mode', ...NOTHING };
  }
  return undefined;
}

async function lookUp(request: RestoreRequest, deps: CacheDeps): Promise<Found> {
  const { names, log, signal } = deps;
  const { key, scopes, platform, paths } = request;
  const version = cacheVersion(paths.patterns, platform, request.crossOsArchive);
  const options = signal === undefined ? {} : { signal };
  const match = await names.find({ kind: CACHE_KIND, scopes, version, key, prefixes: request.restoreKeys }, options);
  if (match === undefined) {
    const { reason, text } = await explainMiss(
      names,
      { key, scopes, version, platform, patterns: paths.patterns },
      signal,
    );
    signal?.throwIfAborted();
    log.info(`cache miss: ${text}`);
    return { result: 'miss', reason, ...NOTHING };
  }
  const verdict = unsignedVerdict(names.guarantees, {
    releaseContext: request.releaseContext,
    policy: request.unsigned,
  });
  if (verdict !== 'allow') {
    const what = `the entry ${quote(match.record.name.key)} is not signed, anybody who reaches the store could have saved it, and this run makes a release`;
    if (verdict === 'refuse') {
      log.warning(`nothing is restored: ${what} (unsigned: refuse)`);
      return { result: 'refused', reason: 'policy', ...NOTHING };
    }
    log.warning(`${what}; set \`unsigned: refuse\` to keep it out, or \`unsigned: allow\` to take it silently`);
  }
  return request.lookupOnly ? shown(match, request, deps) : restore(match, request, deps);
}

function shown(match: NameMatch, request: RestoreRequest, { log }: CacheDeps): Found {
  const { record } = match;
  const hit = hitOf(match, request.key);
  const digest = record.fields['contentHash'];
  log.info(`cache found, not restored (lookup-only): ${quote(record.name.key)}`);
  return {
    ...hit,
    ...(isDigest(digest) ? { digest } : {}),
    matchedKey: record.name.key,
    manifest: record.target,
    ...NOTHING,
  };
}

async function restore(
  match: NameMatch,
  request: RestoreRequest,
  deps: CacheDeps,
  { again = false }: { readonly again?: boolean } = {},
): Promise<Found> {
  const { names, store, machine, log, signal } = deps;
  const { record } = match;
  const matchedKey = record.name.key;
  const start = machine.now();
  try {
    // Before, not after: what is being restored is the last that a store under its cap should evict.
    await names.touch?.(record);
    const { restoreSnapshot } = await deps.snapshots();
    const done = await restoreSnapshot({
      manifest: record.target,
      paths: request.paths,
      store,
      machine,
      notice: (message) => log.notice(message),
      warning: (message) => log.warning(message),
      progress: reportProgress(log, machine.now, 'restored'),
      ...(signal === undefined ? {} : { signal }),
    });
    log.info(
      `cache restored: ${quote(matchedKey)}, ${formatCount(done.files, 'file')}, ${formatBytes(done.bytes)} ` +
        `(${formatCount(done.writtenFiles, 'file')} written, ${formatBytes(done.downloadedBytes)} read from the store) in ${formatSeconds(machine.now() - start)}`,
    );
    return {
      ...hitOf(match, request.key),
      digest: done.digest,
      matchedKey,
      manifest: record.target,
      restoredFiles: done.files,
      restoredBytes: done.bytes,
      downloadedBytes: done.downloadedBytes,
    };
  } catch (error) {
    // A cancelled or late step tidies up no store.
    if (signal?.aborted === true) throw error;
    const { mended } = await forgetBroken(error, match, { request, deps });
    if (!mended || again) throw error;
    log.info(`a nearer store held damaged bytes, which are gone: the restore is tried again (${errorMessage(error)})`);
    return restore(match, request, deps, { again: true });
  }
}

/**
 * An entry that cannot be restored would block its key: the next save would find the name taken. So the name goes,
 * where it is this run's own, and so do blobs that are not what their digest says. `mended`: it was but a nearer store's
 * copy that was broken, which anybody who restores throws away, and the entry is as good as before.
 */
async function forgetBroken(
  error: unknown,
  { record }: NameMatch,
  { request, deps }: { readonly request: RestoreRequest; readonly deps: CacheDeps },
): Promise<{ readonly mended: boolean }> {
  const { reason } = classifyError(error);
  const writes = mayWrite(request.mode);
  if (reason === 'corrupt') {
    const { elsewhere } = await dropCorruptBlobs(deps, record.target, { shared: writes });
    if (elsewhere) return { mended: true };
  }
  if ((reason !== 'corrupt' && reason !== 'evicted') || !writes) return { mended: false };
  if (record.name.scope !== request.scopes[0]) return { mended: false };
  try {
    await deps.names.remove(record.name, { expected: record.target.digest });
  } catch (cause) {
    deps.log.info(`the broken entry ${quote(record.name.key)} could not be removed: ${errorMessage(cause)}`);
  }
  return { mended: false };
}

function hitOf({ how, record }: NameMatch, key: string): { readonly result: RestoreResult; readonly reason: Reason } {
  if (how === 'exact' || isSameKey(key, record.name.key)) return { result: 'exact', reason: '' };
  return { result: 'partial', reason: how };
}

function interrupted(
  error: unknown,
  {
    request,
    deps,
    timeout,
  }: { readonly request: RestoreRequest; readonly deps: CacheDeps; readonly timeout: AbortSignal },
): Found {
  if (deps.signal?.aborted) {
    deps.log.info('the restore was given up because the job was cancelled');
    return { result: 'skipped', reason: '', ...NOTHING };
  }
  // What was being renamed when the time was up counts for more than the time.
  const verdict = classifyError(error);
  const late = timeout.aborted && verdict.reason !== 'partially-applied';
  const { result, reason } = late ? ({ result: 'error', reason: 'timeout' } as const) : verdict;
  const text = late ? `it took longer than ${formatSeconds(request.timeoutMs)} (restore-timeout)` : errorAdvice(error);
  deps.log.warning(`the cache for the key ${quote(request.key)} was not restored (${reason}): ${text}`);
  return { result, reason, ...NOTHING };
}
