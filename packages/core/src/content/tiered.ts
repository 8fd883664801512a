import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import type { Descriptor } from '../oci/index.ts';
import { blobUnknown } from './integrity.ts';
import type { ByteStream, IoOptions, Store } from './ports.ts';

/** Stores of bytes, nearest first. */
export type Tiers = readonly [Store, ...Store[]];

/**
 * Several stores of bytes as one. A whole blob is read from the nearest that has it, and the nearer ones are filled on
 * the way, which verifies it; a tier that fails, or a farther one that holds damaged bytes, is a warning and the next one
 * is asked. The nearest tier's own bytes come unverified, as from any store. A range comes from the nearest that has the
 * blob, as it is. A push goes to all, and `exists` is true where all have it, so that nothing is left out of the farther
 * ones; a tier that fails is a warning as long as one does not.
 * @throws the error of the nearest tier where all fail; `BLOB_UNKNOWN` where none has the blob
 */
export function tiered(tiers: Tiers, warn: (message: string) => void): Store {
  const onAll = async <T>(
    what: string,
    run: (tier: Store) => Promise<T>,
    signal: AbortSignal | undefined,
  ): Promise<T[]> => {
    const answers: T[] = [];
    const failures: unknown[] = [];
    for (const [at, tier] of tiers.entries()) {
      try {
        answers.push(await run(tier));
      } catch (error) {
        if (mustEnd(error, signal)) throw error;
        failures.push(error);
        warn(`${what}: store ${at + 1} of ${tiers.length} failed: ${errorMessage(error)}`);
      }
    }
    if (answers.length === 0) throw asError(failures[0]);
    return answers;
  };

  return {
    fetch: async (descriptor, options) => {
      const lacking: Store[] = [];
      const failures: unknown[] = [];
      for (const [at, tier] of tiers.entries()) {
        try {
          if (options?.range !== undefined || lacking.length === 0) return await tier.fetch(descriptor, options);
          if (!(await tier.exists(descriptor, options))) throw blobUnknown(descriptor, 'this store');
          return await throughNearer(descriptor, tier, lacking, warn, options);
        } catch (error) {
          options?.signal?.throwIfAborted();
          if (errorCode(error) === 'RANGE_INVALID') throw error;
          if (errorCode(error) === 'BLOB_UNKNOWN') {
            lacking.unshift(tier);
            continue;
          }
          failures.push(error);
          warn(`fetch ${descriptor.digest}: store ${at + 1} of ${tiers.length} failed: ${errorMessage(error)}`);
        }
      }
      throw asError(failures[0] ?? blobUnknown(descriptor, `none of ${tiers.length} stores`));
    },
    exists: async (descriptor, options) => {
      const found = await onAll(
        `exists ${descriptor.digest}`,
        (tier) => tier.exists(descriptor, options),
        options?.signal,
      );
      return found.every(Boolean);
    },
    push: async (descriptor, content, options) => {
      const outcomes = await onAll(
        `push ${descriptor.digest}`,
        (tier) => tier.push(descriptor, content, options),
        options?.signal,
      );
      return outcomes.includes('pushed') ? 'pushed' : 'exists';
    },
  };
}

/** Copies the blob into the nearer tiers that lack it, and opens it in the nearest that has it then: whole and verified. */
async function throughNearer(
  descriptor: Descriptor,
  from: Store,
  lacking: readonly Store[],
  warn: (message: string) => void,
  options: IoOptions | undefined,
): Promise<ByteStream> {
  let source = from;
  for (const tier of lacking) {
    const open = async function* (): ByteStream {
      yield* await source.fetch(descriptor, options);
    };
    try {
      await tier.push(descriptor, open, options);
      source = tier;
    } catch (error) {
      if (mustEnd(error, options?.signal)) throw error;
      warn(`${descriptor.digest} was not kept in a nearer store: ${errorMessage(error)}`);
    }
  }
  return source.fetch(descriptor, options);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(errorMessage(error));
}

/** An abort, and bytes that are not what they should be, are no tier's failure. */
function mustEnd(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true || (error instanceof WaybillError && error.kind === 'integrity');
}
