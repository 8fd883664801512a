import { cacheVersion } from '@waybill/core/cache';
import { fetchAll, type Name } from '@waybill/core/content';
import { errorMessage, WaybillError } from '@waybill/core/errors';
import { describe, EMPTY_DESCRIPTOR, EMPTY_JSON, encodeManifest, MediaType } from '@waybill/core/oci';
import { MANY_NAMES, tooManyNames } from '../cache/index.ts';
import type { Bytes, Names } from '../session/index.ts';
import { formatCount } from '../terminal/index.ts';
import { type Check, ok, problem, warning } from './check.ts';

/** The kind of the name that is written and removed again: no look-up of entries ever sees it. */
const KIND = 'doctor';

/** Lists the store's entries and finds how many there are. */
export async function checkReadable(names: Names, signal: AbortSignal): Promise<readonly Check[]> {
  let count = 0;
  try {
    for await (const record of names.list({ kind: 'cache' }, { signal })) {
      signal.throwIfAborted();
      if (record.name.kind === 'cache') count++;
    }
  } catch (error) {
    signal.throwIfAborted();
    return [problem('read', `the store cannot be read: ${errorMessage(error)}`, hintOf(error))];
  }
  const read = ok('read', `the store can be read: ${formatCount(count, 'entry', 'entries')}`);
  return count > MANY_NAMES ? [read, warning('names', tooManyNames(count), 'Delete what nobody uses.')] : [read];
}

/**
 * Writes an artifact of a few bytes and its name, reads both, and takes them away again, whatever went wrong between.
 * (The two bytes of its empty config are everybody's, and stay.)
 * @param nonce makes them this check's own
 */
export async function checkWritable(
  { names, store }: { readonly names: Names; readonly store: Bytes },
  nonce: string,
  signal: AbortSignal,
): Promise<Check> {
  const bytes = new TextEncoder().encode(`waybill doctor ${nonce}\n`);
  const blob = describe('text/plain', bytes);
  const { descriptor: manifest, raw } = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    artifactType: 'application/vnd.waybill.doctor.v1',
    config: EMPTY_DESCRIPTOR,
    layers: [blob],
  });
  const name: Name = { kind: KIND, scope: 'local', version: cacheVersion([KIND], 'any', true), key: nonce };
  const left: string[] = [];
  const tidy = async () => {
    await names.remove(name).catch((error: unknown) => left.push(errorMessage(error)));
    for (const each of [manifest, blob])
      await store.delete?.(each).catch((error: unknown) => left.push(errorMessage(error)));
  };
  try {
    await store.push(blob, bytes, { signal });
    await store.push(EMPTY_DESCRIPTOR, EMPTY_JSON, { signal });
    await store.push(manifest, raw, { signal });
    await names.put(name, manifest, { ifAbsent: true, signal });
    const found = await names.find({ ...name, scopes: [name.scope], prefixes: [] }, { signal });
    if (found?.record.target.digest !== manifest.digest)
      return problem(
        'write',
        'a name that was written is not found again',
        'Look at the store: something else tidies it.',
      );
    for (const each of [manifest, blob]) await fetchAll(store, each, { signal });
  } catch (error) {
    signal.throwIfAborted();
    return problem('write', `the store cannot be written: ${errorMessage(error)}`, hintOf(error));
  } finally {
    await tidy();
  }
  if (left.length > 0)
    return warning(
      'write',
      `what was written for this check could not be removed: ${left.join('; ')}`,
      'It does no harm.',
    );
  return ok('write', 'the store can be written');
}

function hintOf(error: unknown): string {
  const hint = error instanceof WaybillError ? error.hint : undefined;
  return hint ?? 'Look at the folder and its permissions, or name another store by --store.';
}
