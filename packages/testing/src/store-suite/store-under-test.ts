import type {
  AccessLog,
  ByteStream,
  Deleter,
  KeyedStore,
  Name,
  NameRecord,
  Renewer,
  Store,
} from '@waybill/core/content';
import { type Descriptor, describe as descriptorOf, MediaType } from '@waybill/core/oci';
import type { FakeClock } from './fake-clock.ts';

export type SuiteStore = Store & KeyedStore & Partial<Renewer & Deleter & AccessLog>;

/** A fresh, empty store and what the suite needs beside it. */
export interface StoreUnderTest {
  readonly store: SuiteStore;
  /** The same content through another opening, as a second process has it; the store itself where there is no such thing. */
  readonly again: SuiteStore;
  /** The clock that the store goes by. */
  readonly clock: FakeClock;
  dispose(): Promise<void>;
}

/** What a kind of store can do beyond the ports that all have. */
export interface StoreCapabilities {
  readonly deletes: boolean;
  readonly countsAccess: boolean;
}

export const OCTETS = 'application/octet-stream';

/** A blob of these bytes. */
export function blob(content: string | Uint8Array): { readonly bytes: Uint8Array; readonly descriptor: Descriptor } {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  return { bytes, descriptor: descriptorOf(OCTETS, bytes) };
}

/** A target for a name: names are kept whether or not their target is stored. */
export function target(text: string): Descriptor {
  return descriptorOf(MediaType.imageManifest, new TextEncoder().encode(text));
}

export const VERSION = 'a'.repeat(64);

export function name(key: string, of: Partial<Name> = {}): Name {
  return { kind: 'cache', scope: 'octo-org/app\0refs/heads/main', version: VERSION, key, ...of };
}

export async function* pieces(...all: readonly Uint8Array[]): ByteStream {
  yield* all;
}

export async function collect(stream: ByteStream): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const piece of stream) all.push(piece);
  return Buffer.concat(all);
}

export async function collectRecords(records: AsyncIterable<NameRecord>): Promise<NameRecord[]> {
  const all: NameRecord[] = [];
  for await (const record of records) all.push(record);
  return all;
}
