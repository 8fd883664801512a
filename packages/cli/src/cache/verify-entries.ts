import { limit } from '@waybill/core/async';
import { fetchAll, type NameRecord, verifying } from '@waybill/core/content';
import { errorCode, errorMessage, WaybillError } from '@waybill/core/errors';
import { type Descriptor, type Digest, MAX_MANIFEST_BYTES, type Manifest, parseManifest } from '@waybill/core/oci';
import type { Bytes } from '../session/index.ts';

/** One thing that is wrong with a stored entry. */
export interface Finding {
  readonly key: string;
  /** Of the blob. */
  readonly digest: string;
  /**
   * `missing`: the store has no such bytes. `mismatch`: they are others than the digest says, or break a rule of the
   * format. `misnamed`: the manifest is that of another entry. `unreadable`: the store failed, so nothing is known.
   */
  readonly kind: 'missing' | 'mismatch' | 'misnamed' | 'unreadable';
  readonly message: string;
}

export interface VerifyResult {
  readonly blobs: number;
  /** That were read. */
  readonly bytes: number;
  readonly findings: readonly Finding[];
}

/** Requests that are under way at once. */
const AT_ONCE = 4;

/**
 * Reads every blob of these entries, each blob once, and compares it with its digest. Goes on after what is wrong.
 * @throws only the signal's reason
 */
export async function verifyEntries(
  store: Bytes,
  records: readonly NameRecord[],
  { signal, progress }: { readonly signal: AbortSignal; readonly progress: (blobs: number, bytes: number) => void },
): Promise<VerifyResult> {
  const gate = limit(AT_ONCE);
  const known = new Map<Digest, Promise<Omit<Finding, 'key'> | undefined>>();
  const findings: Finding[] = [];
  let blobs = 0;
  let bytes = 0;
  const count = (size: number) => progress(++blobs, (bytes += size));
  const once = (blob: Descriptor): Promise<Omit<Finding, 'key'> | undefined> => {
    const running = known.get(blob.digest) ?? gate(() => verifyBlob(store, blob, signal, count), signal);
    known.set(blob.digest, running);
    return running;
  };
  for (const record of records) {
    signal.throwIfAborted();
    const { key } = record.name;
    const { manifest, finding } = await readManifest(
      store,
      record,
      signal,
      known.has(record.target.digest) ? undefined : count,
    );
    known.set(record.target.digest, Promise.resolve(undefined));
    const found = await Promise.all((manifest === undefined ? [] : [manifest.config, ...manifest.layers]).map(once));
    for (const each of [finding, ...found]) if (each !== undefined) findings.push({ key, ...each });
  }
  return { blobs, bytes, findings };
}

async function readManifest(
  store: Bytes,
  { name, target }: NameRecord,
  signal: AbortSignal,
  count: ((size: number) => void) | undefined,
): Promise<{ readonly manifest?: Manifest; readonly finding?: Omit<Finding, 'key'> }> {
  try {
    const { value } = parseManifest(await fetchAll(store, target, { maxBytes: MAX_MANIFEST_BYTES, signal }));
    count?.(target.size);
    const said = ['kind', 'scope', 'version', 'key'].map((part) => value.annotations?.[`dev.waybill.name.${part}`]);
    if (said.join('\n') === [name.kind, name.scope, name.version, name.key].join('\n')) return { manifest: value };
    const message = `the manifest ${target.digest} is of the entry ${JSON.stringify(said[3])} and not of ${JSON.stringify(name.key)}, or of another scope or version`;
    return { manifest: value, finding: { digest: target.digest, kind: 'misnamed', message } };
  } catch (error) {
    return { finding: findingOf(error, target, signal) };
  }
}

async function verifyBlob(
  store: Bytes,
  blob: Descriptor,
  signal: AbortSignal,
  count: (size: number) => void,
): Promise<Omit<Finding, 'key'> | undefined> {
  try {
    for await (const piece of await verifying(store).fetch(blob, { signal })) {
      signal.throwIfAborted();
      void piece;
    }
    count(blob.size);
    return undefined;
  } catch (error) {
    return findingOf(error, blob, signal);
  }
}

function findingOf(error: unknown, { digest }: Descriptor, signal: AbortSignal): Omit<Finding, 'key'> {
  signal.throwIfAborted();
  const integrity = error instanceof WaybillError && error.kind === 'integrity';
  const kind = errorCode(error) === 'BLOB_UNKNOWN' ? 'missing' : integrity ? 'mismatch' : 'unreadable';
  return { digest, kind, message: errorMessage(error) };
}
