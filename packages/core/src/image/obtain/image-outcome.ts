import type { StatementAddress } from '../../intoto/index.ts';
import type { BuildRecord } from '../../ledger/index.ts';
import type { Digest } from '../../oci/index.ts';
import type { RecordPlace } from '../records/records.ts';

/**
 * How it came out. `built`, `recorded`, `merged`: here and now. `adopted`: somebody had built it. `claimed`: this run is to
 * build it. `unpushed`: built, and not pushed. `skipped`: nothing was done, because this run may not write.
 */
export type ImageResult = 'built' | 'recorded' | 'merged' | 'adopted' | 'claimed' | 'unpushed' | 'skipped';

export interface ImageOutcome {
  readonly result: ImageResult;
  /** `host/repository`. */
  readonly image: string;
  readonly identity: string;
  readonly commit: string | undefined;
  /** Undefined where nothing is in the registry. */
  readonly digest: Digest | undefined;
  /** As docker calls it; empty where it is not known. */
  readonly imageId: string;
  readonly record: BuildRecord | undefined;
  /** Where the record is, or the claim. */
  readonly place: RecordPlace | undefined;
  /** Where the statement of the record is filed; undefined where it is not, or nobody asked. */
  readonly filed: StatementAddress | undefined;
  /** What buildx wrote of it; empty where nothing was built. */
  readonly metadata: string;
  /** Tags that point at the digest now. */
  readonly tags: readonly string[];
}
