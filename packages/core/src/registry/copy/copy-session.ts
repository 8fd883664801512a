import { type Limit, limit } from '../../async/index.ts';
import type { IoOptions } from '../../content/index.ts';
import { type Descriptor, type Digest, isManifestType } from '../../oci/index.ts';
import type { HostsWithoutApi } from '../referrers/attachments.ts';
import type { CopyNote, CopyOptions, CopyOutcome, CopyResult } from './types.ts';

const DEFAULT_CONCURRENCY = 8;

/** What the parts of one copy share. */
export interface CopySession {
  readonly options: CopyOptions;
  readonly sameHost: boolean;
  readonly sameRepository: boolean;
  /** Aborts as the caller's does, and when a part has failed. */
  readonly io: Required<IoOptions>;
  /** Whoever sends requests stands in one of its places. */
  readonly gate: Limit;
  readonly withoutApi: HostsWithoutApi;
  readonly present: Set<Digest>;
  readonly notes: CopyNote[];
  /** Does a thing once, whoever asks for it and how often. */
  once(what: string, copy: () => Promise<void>): Promise<void>;
  /** Counts what has come to the target, or is known to be there. */
  done(descriptor: Descriptor, outcome: CopyOutcome): void;
  counts(): Omit<CopyResult, 'root' | 'rootExisted' | 'referrers' | 'legacyTags' | 'present' | 'notes'>;
  /** Ends what is under way, and waits for its end. */
  fail(error: unknown): Promise<void>;
}

export function openSession(options: CopyOptions): CopySession {
  const { from, to, concurrency = DEFAULT_CONCURRENCY, onProgress } = options;
  const failed = new AbortController();
  const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
  const sameHost = from.host === to.host;
  const visited = new Map<string, Promise<void>>();
  const counts = { mounted: { blobs: 0, bytes: 0 }, copied: { blobs: 0, bytes: 0 }, existing: { blobs: 0, bytes: 0 } };
  const present = new Set<Digest>();
  return {
    options,
    sameHost,
    sameRepository: sameHost && from.repository === to.repository,
    io: { signal },
    gate: limit(concurrency),
    withoutApi: new Set(),
    present,
    notes: [],
    once(what, copy) {
      const known = visited.get(what);
      if (known !== undefined) return known;
      const copying = copy();
      visited.set(what, copying);
      return copying;
    },
    done(descriptor, outcome) {
      if (outcome !== 'foreign') present.add(descriptor.digest);
      if (outcome !== 'foreign' && !isManifestType(descriptor.mediaType)) {
        counts[outcome].blobs += 1;
        counts[outcome].bytes += descriptor.size;
      }
      onProgress?.({ descriptor, outcome });
    },
    counts: () => ({
      mountedBlobs: counts.mounted.blobs,
      mountedBytes: counts.mounted.bytes,
      copiedBlobs: counts.copied.blobs,
      copiedBytes: counts.copied.bytes,
      existingBlobs: counts.existing.blobs,
      existingBytes: counts.existing.bytes,
    }),
    async fail(error) {
      failed.abort(error);
      await Promise.allSettled(visited.values());
    },
  };
}
