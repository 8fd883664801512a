import type { RetryClock } from '../../async/index.ts';
import type { ByteStream, IoOptions } from '../../content/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import type { Registry } from '../types.ts';

/** A layer of what is attached: bytes in memory, or a stream that can be opened again, whose descriptor is known. */
export type AttachLayer =
  | {
      readonly mediaType: string;
      readonly bytes: Uint8Array;
      readonly annotations?: Readonly<Record<string, string>>;
    }
  | { readonly descriptor: Descriptor; readonly open: () => ByteStream };

export interface AttachOptions extends IoOptions {
  readonly registry: Registry;
  /** What it is attached to: a manifest or an index. It need not be there yet. */
  readonly subject: Descriptor;
  readonly artifactType: string;
  /** Without any layer the empty one stands in for it (OCI image-spec 1.1, "Guidance for an Empty Descriptor"). */
  readonly layers: readonly AttachLayer[];
  /** Of the manifest; the index of referrers shows them. */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly clock: RetryClock;
}
