import type { IoOptions } from '../../content/index.ts';
import { errorCode, errorMessage, WaybillError } from '../../errors/index.ts';
import type { Registry } from '../../registry/index.ts';
import type { RecordPlace } from '../records/records.ts';
import type { ImageLog } from './image-request.ts';

/** Where this run records; or what it lacks for that, in words for people. */
export type WriteAccess =
  | { readonly allowed: true; readonly place: RecordPlace }
  | { readonly allowed: false; readonly lacks: readonly string[] };

const DENIED = ['STORE_DENIED', 'LEDGER_DENIED', 'GIT_DENIED'];

/**
 * Finds out before any work whether this run may push the image and record it: by an upload that is given up again, and by the
 * first place of records that takes something from it.
 */
export async function findWriteAccess(
  image: Registry,
  places: readonly RecordPlace[],
  log: ImageLog,
  io: IoOptions,
): Promise<WriteAccess> {
  const lacks: string[] = [];
  const denied = async (work: () => Promise<void>): Promise<string | undefined> => {
    try {
      await work();
      return undefined;
    } catch (error) {
      if (!DENIED.includes(errorCode(error) ?? '')) throw error;
      const hint = error instanceof WaybillError ? error.hint : undefined;
      return hint === undefined ? errorMessage(error) : `${errorMessage(error)} (${hint})`;
    }
  };
  const push = await denied(() => image.blobs.tryUpload(io));
  if (push !== undefined)
    return { allowed: false, lacks: [`may not push to ${image.host}/${image.repository}: ${push}`] };
  for (const place of places) {
    const why = await denied(() => place.assertWritable(io));
    if (why === undefined) {
      for (const lack of lacks) log.info(`This run ${lack}`);
      return { allowed: true, place };
    }
    lacks.push(`may not record in ${place.shown}: ${why}`);
  }
  return { allowed: false, lacks };
}
