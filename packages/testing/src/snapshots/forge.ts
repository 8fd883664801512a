import { hash } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import type { Store } from '@waybill/core/content';
import {
  type Descriptor,
  type Digest,
  describe,
  digestOf,
  EMPTY_DESCRIPTOR,
  EMPTY_JSON,
  encodeManifest,
  hexOf,
  MediaType,
} from '@waybill/core/oci';

/** An entry as it is written down, true or not. Text is taken as UTF-8. */
export interface ForgedEntry {
  readonly path: string | Buffer;
  readonly kind: 'file' | 'folder' | 'symlink';
  readonly root?: number;
  /** Any 16 bits. Default: 0o644 for files, 0o755 for folders. */
  readonly mode?: number;
  /** Of a file; at most 1 MiB. */
  readonly content?: string | Buffer;
  readonly target?: string | Buffer;
}

/** What is written in place of the truth. */
export interface ForgeLies {
  /** In both roots and in the manifest. */
  readonly treeDigest?: Digest;
  /** In the manifest alone. */
  readonly manifestDigest?: Digest;
  readonly entriesDeclared?: number;
  readonly treePageSize?: number;
  /** Raw size of the frame with the files. */
  readonly contentRaw?: number;
  /** Stored size of the frame with the files. */
  readonly contentStored?: number;
  /** Zeros that the frame with the files unpacks to besides, and of which nothing is said. */
  readonly contentSurplus?: number;
  /** Offset of the first file in its frame. */
  readonly firstOffset?: number;
  /** Number of the first file's frame on its page: 0 is the only one there is. */
  readonly firstFrame?: number;
  readonly packSize?: number;
  /** The pack is listed a second time, with a frame that begins within another. */
  readonly packTwice?: boolean;
  /** Offset of the page of the tree in its frame. */
  readonly pageOffset?: number;
  readonly artifactType?: string;
}

export interface ForgeOptions {
  readonly roots: readonly string[];
  readonly entries: readonly ForgedEntry[];
  readonly lies?: ForgeLies;
}

const KINDS = { folder: 1, file: 2, symlink: 3 } as const;
const TYPE = 'application/vnd.waybill.snapshot';

interface ForgedFrame {
  readonly stored: Buffer;
  readonly raw: number;
}

/**
 * Writes a snapshot of exactly these entries, in this order, into the store: one page, one pack, one frame for the files
 * and one for the pages. Written after the format's description and apart from the writer that is judged, so that what one of
 * them reads or writes wrong shows.
 */
export async function forgeSnapshot(store: Store, { roots, entries, lies = {} }: ForgeOptions): Promise<Descriptor> {
  const treePage = Buffer.concat(entries.map(encodeEntry));
  const header = [string('waybill-tree-1'), uvarint(roots.length), ...roots.map((root) => string(root))];
  const digest = lies.treeDigest ?? digestOf(Buffer.concat([...header, treePage]));
  const truth = Buffer.concat(entries.map(contentOf));
  const contents = { ...frameOf(Buffer.concat([truth, Buffer.alloc(lies.contentSurplus ?? 0)])), raw: truth.length };
  const layoutPage = encodeLayoutPage(entries, contents, lies);
  // The first a million seconds after the epoch (in µs, zigzag), the others with no difference to it.
  const mtimePage = Buffer.concat(entries.map((_, n) => uvarint(n === 0 ? 2e12 : 0)));
  const pages = frameOf(Buffer.concat([treePage, layoutPage, mtimePage]));
  const pack = Buffer.concat([contents.stored, pages.stored]);

  const treeRoot = Buffer.concat([
    Buffer.from('WBTR\x01'),
    digestBytes(digest),
    uvarint(roots.length),
    ...roots.map((root) => string(root)),
    uvarint(1),
    uvarint(lies.entriesDeclared ?? entries.length),
    sha256(treePage),
    uvarint(lies.treePageSize ?? treePage.length),
  ]);
  const listed = [sha256(pack), uvarint(lies.packSize ?? pack.length)];
  const frames = [
    uvarint(2),
    uvarint(0),
    uvarint(lies.contentStored ?? contents.stored.length),
    uvarint(lies.contentRaw ?? contents.raw),
    sha256(contents.stored),
    uvarint(0),
    uvarint(pages.stored.length),
    uvarint(pages.raw),
    sha256(pages.stored),
  ];
  const again = [
    ...listed,
    uvarint(1),
    uvarint(1),
    uvarint(contents.stored.length),
    uvarint(contents.raw),
    sha256(pack),
  ];
  const layoutRoot = Buffer.concat([
    Buffer.from('WBLY\x01'),
    digestBytes(digest),
    uvarint(lies.packTwice ? 2 : 1),
    ...listed,
    ...frames,
    ...(lies.packTwice ? again : []),
    uvarint(1),
    uvarint(1),
    uvarint(lies.pageOffset ?? 0),
    sha256(layoutPage),
    uvarint(layoutPage.length),
    uvarint(1),
    uvarint(treePage.length),
    sha256(mtimePage),
    uvarint(mtimePage.length),
    uvarint(1),
    uvarint(treePage.length + layoutPage.length),
  ]);
  const push = async (mediaType: string, bytes: Uint8Array): Promise<Descriptor> => {
    const descriptor = describe(mediaType, bytes);
    await store.push(descriptor, bytes);
    return descriptor;
  };
  await push(EMPTY_DESCRIPTOR.mediaType, EMPTY_JSON);
  const manifest = encodeManifest({
    schemaVersion: 2,
    mediaType: MediaType.imageManifest,
    artifactType: lies.artifactType ?? `${TYPE}.v1`,
    config: EMPTY_DESCRIPTOR,
    layers: [
      await push(`${TYPE}.tree.v1`, treeRoot),
      await push(`${TYPE}.layout.v1`, layoutRoot),
      await push(`${TYPE}.pack.v1`, pack),
    ],
    annotations: { 'dev.waybill.tree.digest': lies.manifestDigest ?? digest },
  });
  await store.push(manifest.descriptor, manifest.raw);
  return manifest.descriptor;
}

function encodeEntry(entry: ForgedEntry): Buffer {
  const content = contentOf(entry);
  const head = [Buffer.of(KINDS[entry.kind]), uvarint(entry.root ?? 0), string(entry.path)];
  if (entry.kind === 'symlink') return Buffer.concat([...head, string(entry.target ?? 'nowhere')]);
  const mode = uint16(entry.mode ?? (entry.kind === 'file' ? 0o644 : 0o755));
  if (entry.kind === 'folder') return Buffer.concat([...head, mode]);
  return Buffer.concat([...head, mode, uvarint(content.length), sha256(content)]);
}

/** The first file says where it lies, each further one that it follows. */
function encodeLayoutPage(entries: readonly ForgedEntry[], frame: ForgedFrame, lies: ForgeLies): Buffer {
  const files = entries.filter((entry) => contentOf(entry).length > 0);
  if (files.length === 0) return uvarint(0);
  const first = [uvarint(1 + (lies.firstFrame ?? 0)), uvarint(lies.firstOffset ?? 0)];
  return Buffer.concat([uvarint(1), sha256(frame.stored), ...first, Buffer.alloc(files.length - 1)]);
}

function contentOf(entry: ForgedEntry): Buffer {
  return entry.kind === 'file' ? Buffer.from(entry.content ?? '') : Buffer.alloc(0);
}

function frameOf(raw: Buffer): ForgedFrame {
  return { stored: zstdCompressSync(raw), raw: raw.length };
}

function string(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([uvarint(bytes.length), bytes]);
}

function uvarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value & 255, value >>> 8);
}

function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer');
}

function digestBytes(digest: Digest): Buffer {
  return Buffer.from(hexOf(digest), 'hex');
}
