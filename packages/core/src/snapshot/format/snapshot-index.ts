import { createHash } from 'node:crypto';
import { type Digest, digestFromHex, digestOf } from '../../oci/index.ts';
import { corrupt } from './byte-reader.ts';
import { type ContentLocations, createLocations } from './content-locations.ts';
import { EntryTable } from './entry-table.ts';
import { readLayoutPage } from './layout-page.ts';
import { type LayoutRoot, type PageRef, parseLayoutRoot, parseTreeRoot, type TreeRoot, treeHeader } from './roots.ts';
import { readMtimePage, readTreePage } from './tree-page.ts';

/** The bytes of an index: both roots, and all pages, each kind joined in order. */
export interface IndexBytes {
  readonly treeRoot: Uint8Array;
  readonly layoutRoot: Uint8Array;
  readonly treePages: Buffer;
  readonly layoutPages: Buffer;
  readonly mtimePages: Buffer;
}

/** A snapshot, read: what is in the tree, and where its contents lie. */
export interface SnapshotIndex {
  readonly digest: Digest;
  readonly tree: TreeRoot;
  readonly layout: LayoutRoot;
  readonly entries: EntryTable;
  readonly locations: ContentLocations;
  readonly bytes: IndexBytes;
}

/**
 * An index out of its bytes. Every page is held against its digest, the whole tree against the tree's; unless the bytes
 * were verified before and have been in good hands since.
 * @throws WaybillError `SNAPSHOT_CORRUPT`
 */
export function parseIndexBytes(bytes: IndexBytes, trust: 'verify' | 'verified' = 'verify'): SnapshotIndex {
  const tree = parseTreeRoot(bytes.treeRoot);
  const layout = parseLayoutRoot(bytes.layoutRoot);
  if (layout.digest !== tree.digest) throw corrupt('tree and layout belong to different snapshots');
  if (layout.pages.length !== tree.pages.length) throw corrupt('tree and layout have different numbers of pages');
  const total = tree.pages.reduce((sum, page) => sum + page.entries, 0);
  const entries = new EntryTable(Math.max(1, total));
  const treeAt = pageCursor(bytes.treePages, trust);
  const mtimesAt = pageCursor(bytes.mtimePages, trust);
  const layoutAt = pageCursor(bytes.layoutPages, trust);
  const locations = createLocations(total);
  let start = 0;
  for (const [n, page] of tree.pages.entries()) {
    const places = layout.pages[n];
    if (places === undefined) throw corrupt('a page has no place');
    const end = start + page.entries;
    readTreePage(treeAt(page), page.entries, entries);
    readMtimePage(mtimesAt(places.mtimes), entries, start, end);
    readLayoutPage(layoutAt(places.layout), entries, locations, layout.frames, start, end);
    start = end;
  }
  const digest = trust === 'verify' ? treeDigest(tree.roots, bytes.treePages) : tree.digest;
  if (digest !== tree.digest) throw corrupt(`the tree has the digest ${digest}, expected ${tree.digest}`);
  return { digest, tree, layout, entries, locations, bytes };
}

/** The digest of a tree: over its header and its entries, whatever the paging. */
export function treeDigest(roots: readonly string[], entries: Uint8Array): Digest {
  return digestFromHex(createHash('sha256').update(treeHeader(roots)).update(entries).digest('hex'));
}

/** Hands out pages one after another, each verified where that is still to be done. */
function pageCursor(bytes: Buffer, trust: 'verify' | 'verified'): (page: PageRef) => Buffer {
  let at = 0;
  return (page) => {
    const view = bytes.subarray(at, at + page.size);
    at += page.size;
    if (view.length !== page.size || (trust === 'verify' && digestOf(view) !== page.digest))
      throw corrupt('a page does not match its digest');
    return view;
  };
}
