import { limit } from '../async/index.ts';
import type { Name } from '../content/index.ts';
import { errorAdvice, errorMessage, WaybillError } from '../errors/index.ts';
import type { Descriptor } from '../oci/index.ts';
import type { SaveSnapshotResult } from '../snapshot/index.ts';
import { quote } from './cache-log.ts';
import { classifyError } from './classify-error.ts';
import type { CacheDeps } from './deps.ts';
import { entryAnnotations, entryFields, entryStatement } from './entry-claims.ts';
import { formatBytes, formatCount, formatSeconds } from './format.ts';
import { CACHE_KIND, cacheVersion } from './identity.ts';
import type { Reason, SaveOutcome, SaveResult } from './outcome.ts';
import { reportProgress } from './progress.ts';
import { type NoSave, saveForbidden } from './save-decision.ts';
import type { SaveRequest } from './save-request.ts';

/** What is known of an outcome besides its duration. */
type Done = Omit<SaveOutcome, 'durationMs'>;
type Saved = Extract<SaveSnapshotResult, { kind: 'saved' }>;

interface Saving {
  readonly request: SaveRequest;
  readonly deps: CacheDeps;
  readonly name: Name;
  readonly savedAt: Date;
}

const DAY = 24 * 60 * 60 * 1000;
const NOTHING = { files: 0, rawBytes: 0, uploadedBytes: 0, reusedBytes: 0 };

/** Packs that are looked for at once: over a link that is a few round trips, and no more connections than a save has anyway. */
const LOOKS = 8;

/** Shorter than any token of the platform: such a value would be found in files that have nothing to do with it. */
const SHORTEST_TOKEN = 16;

/**
 * Saves the files of these paths under a key: bytes first, the name last, so that no half of an entry is ever found
 * (S2-U3). Never throws: whatever goes wrong is told by a warning and by the outcome (S2-U1).
 */
export async function saveCache(request: SaveRequest, deps: CacheDeps): Promise<SaveOutcome> {
  const start = deps.machine.now();
  let done: Done;
  try {
    done = await save(request, deps);
  } catch (error) {
    done = failed(error, request, deps);
  }
  return { ...done, durationMs: deps.machine.now() - start };
}

/** Tells why nothing is saved, and gives the outcome that says so. */
export function declineSave(no: NoSave, log: CacheDeps['log']): Done {
  log[no.level](no.message);
  return { result: no.result, reason: no.reason, ...NOTHING };
}

async function save(request: SaveRequest, deps: CacheDeps): Promise<Done> {
  const { log } = deps;
  const forbidden = saveForbidden(request.facts, request.scopes);
  if (forbidden !== undefined) return declineSave(forbidden, log);

  const name = nameOf(request);
  // Asked before the work is done: compressing a tree only to be told that the key is taken helps nobody.
  const { taken, parent } = await lookUp(name, request, deps);
  if (taken) return exists(name, log);
  const savedAt = new Date(deps.machine.now());
  const saved = await saveOn(parent, { request, deps, name, savedAt });
  if (saved.kind === 'nothing-matched') {
    log.warning(`nothing is saved: no file matches ${request.paths.patterns.map(quote).join(', ')}`);
    return { result: 'skipped', reason: 'nothing-matched', ...NOTHING };
  }
  if (saved.kind === 'secret-found') {
    log.warning(
      `nothing is saved: ${quote(saved.file)} holds a secret (${saved.secret}). Leave it out with a line ` +
        `${quote(`!${saved.file}`)} in path, or set \`allow-secrets: true\` if everyone who can restore this cache may have it`,
    );
    return { result: 'refused', reason: 'secret-found', ...NOTHING };
  }
  const saving = { request, deps, name, savedAt };
  const done = await publish(saved, saving);
  if (done !== undefined) return done;
  log.info('packs that the save built on were evicted meanwhile, so all is saved');
  const whole = await saveOn(undefined, saving);
  return (
    (whole.kind === 'saved' ? await publish(whole, saving) : undefined) ?? {
      result: 'error',
      reason: 'evicted',
      ...NOTHING,
    }
  );
}

/** Builds on the parent; where that turns out to be broken or gone, on nothing. */
async function saveOn(parent: Descriptor | undefined, saving: Saving): Promise<SaveSnapshotResult> {
  const { request, deps, name, savedAt } = saving;
  const { store, machine, log, signal } = deps;
  const { saveSnapshot } = await deps.snapshots();
  try {
    return await saveSnapshot({
      paths: request.paths,
      store,
      machine,
      ...(parent === undefined ? {} : { parent }),
      compressionLevel: request.compressionLevel,
      secrets: { allow: request.allowSecrets, needles: needlesOf(request.tokens) },
      annotations: entryAnnotations(name, savedAt),
      statement: (subjects) => entryStatement(subjects, { request, name, savedAt, parent }),
      notice: (message) => log.notice(message),
      warning: (message) => log.warning(message),
      progress: reportProgress(log, machine.now, 'saved'),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (parent === undefined || signal?.aborted || classifyError(error).result !== 'miss') throw error;
    log.info(`${parent.digest} cannot be built on, so all is saved: ${errorMessage(error)}`);
    return saveOn(undefined, saving);
  }
}

/** Writes the name. Undefined, and no name, where what the snapshot builds on is gone. */
async function publish(saved: Saved, { request, deps, name, savedAt }: Saving): Promise<Done | undefined> {
  const { names, store, log, machine, signal } = deps;
  const put = await names.put(name, saved.manifest, {
    ifAbsent: !request.overwrite,
    expiresAt: savedAt.getTime() + request.retentionDays * DAY,
    fields: entryFields(saved, request, savedAt),
    ...(signal === undefined ? {} : { signal }),
  });
  if (!put.written) return exists(name, log);
  // A prune that began before the name stood may have taken what only the parent kept alive.
  // This is the only look at them in a store that does not evict by itself: a registry's own clean-up has no name to go by either
  // before this one stands, so whatever was seen earlier would have to be looked for again.
  const looks = limit(LOOKS);
  const io = signal === undefined ? {} : { signal };
  const there = await Promise.all(saved.reusedPacks.map((pack) => looks(() => store.exists(pack, io), signal)));
  if (there.includes(false)) {
    await names.remove(name, { expected: saved.manifest.digest });
    return undefined;
  }
  log.info(
    `cache saved (${saved.result}): ${quote(name.key)}, ${formatCount(saved.files, 'file')}, ${formatBytes(saved.rawBytes)} ` +
      `(${formatBytes(saved.uploadedBytes)} uploaded, ${formatBytes(saved.reusedBytes)} reused) in ${formatSeconds(machine.now() - savedAt.getTime())}`,
  );
  const { result, digest, files, rawBytes, uploadedBytes, reusedBytes } = saved;
  return { result, reason: '', digest, files, rawBytes, uploadedBytes, reusedBytes };
}

function nameOf({ paths, platform, crossOsArchive, scopes, key }: SaveRequest): Name {
  const [scope] = scopes;
  if (scope === undefined) throw new WaybillError('SCOPE_MISSING', 'a save has no scope', { kind: 'bug' });
  return { kind: CACHE_KIND, scope, version: cacheVersion(paths.patterns, platform, crossOsArchive), key };
}

/**
 * Whether an entry has the key, and the snapshot to build on where it is not that of this job's restore. Both by one look-up: the
 * key itself comes first in it, in the scope that is saved into. The newest snapshot of the same paths will do where no restore key
 * finds one: a parent only saves work.
 */
async function lookUp(
  { kind, scope, version, key }: Name,
  { scopes, restoreKeys, overwrite, parent }: SaveRequest,
  { names, signal }: CacheDeps,
): Promise<{ readonly taken: boolean; readonly parent: Descriptor | undefined }> {
  if (parent !== undefined && overwrite) return { taken: false, parent };
  const query =
    parent === undefined
      ? { kind, scopes, version, key, prefixes: [...restoreKeys, ''] }
      : { kind, scopes: [scope], version, key, prefixes: [], exact: true };
  const match = await names.find(query, signal === undefined ? {} : { signal });
  const taken = !overwrite && match?.how === 'exact' && match.record.name.scope === scope;
  return { taken, parent: parent ?? match?.record.target };
}

/** Somebody else saved the same key meanwhile: their entry is as good as ours, so this is no warning. */
function exists(name: Name, log: CacheDeps['log']): Done {
  log.info(`nothing is saved: an entry with the key ${quote(name.key)} exists already`);
  return { result: 'skipped', reason: 'exists', ...NOTHING };
}

function needlesOf(tokens: readonly string[]): readonly Uint8Array[] {
  return [...new Set(tokens)]
    .filter((token) => token.length >= SHORTEST_TOKEN)
    .map((token) => new TextEncoder().encode(token));
}

function failed(error: unknown, request: SaveRequest, { log, signal }: CacheDeps): Done {
  if (signal?.aborted) {
    log.info('the save was given up because the job was cancelled; nothing of it is visible');
    return { result: 'skipped', reason: '', ...NOTHING };
  }
  const { result, reason } = classifySave(error);
  log.warning(`the cache for the key ${quote(request.key)} was not saved (${reason}): ${errorAdvice(error)}`);
  return { result, reason, ...NOTHING };
}

/** A save has no miss: what would be one is an error of the store. */
function classifySave(error: unknown): { readonly result: SaveResult; readonly reason: Reason } {
  const verdict = classifyError(error);
  return verdict.result === 'miss'
    ? { result: 'error', reason: verdict.reason }
    : { result: verdict.result, reason: verdict.reason };
}
