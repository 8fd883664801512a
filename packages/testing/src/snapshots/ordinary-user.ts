/**
 * A process of its own, for an ordinary user: to root nothing is read-only. Prints a JSON object: for each situation, what
 * is not as it should be.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '@waybill/core/errors';
import { type PlantedEntry, plantTree } from './plant-tree.ts';
import { Site } from './site.ts';
import { createSpoiltStore } from './spoilt-store.ts';

const TREE: readonly PlantedEntry[] = [
  { path: '', kind: 'folder', mode: 0o555 },
  { path: 'deep', kind: 'folder', mode: 0o555 },
  { path: 'deep/er', kind: 'folder', mode: 0o555 },
  { path: 'deep/er/file', kind: 'file', content: 'sealed', mode: 0o444 },
  { path: 'deep/file', kind: 'file', content: 'also', mode: 0o400 },
  { path: 'deep/link', kind: 'symlink', target: 'er/file' },
  { path: 'empty', kind: 'folder', mode: 0o500 },
  { path: 'large', kind: 'file', content: Buffer.alloc(1_500_000, 'large'), mode: 0o444 },
];

const store = createSpoiltStore();
const site = new Site(store);

/** Read-only folders are made, changed in and put right again. */
async function readOnlyFolders(): Promise<unknown> {
  const from = site.workspace();
  const to = site.workspace();
  plantTree(join(from, 'tree'), TREE);
  const { manifest } = await site.save(from);
  await site.restore(to, manifest);
  const fresh = await site.difference(join(from, 'tree'), join(to, 'tree'));
  for (const folder of ['', 'deep', 'deep/er']) chmodSync(join(to, 'tree', folder), 0o755);
  rmSync(join(to, 'tree/deep/er/file'));
  rmSync(join(to, 'tree/large'));
  writeFileSync(join(to, 'tree/large'), 'another');
  rmSync(join(to, 'tree/deep/link'));
  // A read-only folder with something in it stands where a symlink belongs.
  mkdirSync(join(to, 'tree/deep/link'));
  writeFileSync(join(to, 'tree/deep/link/in the way'), '');
  for (const folder of ['deep/link', 'deep/er', 'deep', '']) chmodSync(join(to, 'tree', folder), 0o555);
  await site.restore(to, manifest);
  return { fresh, over: await site.difference(join(from, 'tree'), join(to, 'tree')), leftovers: site.leftovers() };
}

/** Where the folder above may not be written, all is staged in the root; afterwards the root does not show it. */
async function unwritableParent(): Promise<unknown> {
  const from = site.workspace();
  const to = site.workspace();
  const entries = TREE.map((entry) => (entry.path === '' ? { ...entry, mode: 0o755 } : entry));
  plantTree(join(from, 'tree'), entries);
  const { manifest } = await site.save(from);
  mkdirSync(join(to, 'tree'));
  chmodSync(to, 0o555);
  await site.restore(to, manifest);
  const fresh = await site.difference(join(from, 'tree'), join(to, 'tree'));
  chmodSync(join(to, 'tree/deep/er'), 0o755);
  rmSync(join(to, 'tree/deep/er/file'));
  await site.restore(to, manifest);
  const over = await site.difference(join(from, 'tree'), join(to, 'tree'));
  // What fails leaves the root with the time that it had.
  rmSync(join(to, 'tree/large'));
  utimesSync(join(to, 'tree'), 5, 5);
  const packs = [...store.blobs];
  for (const [digest] of packs) if (digest !== manifest.digest) store.blobs.delete(digest);
  const failed = await site.restore(to, manifest).then(() => 'restored', errorCode);
  for (const [digest, bytes] of packs) store.blobs.set(digest, bytes);
  const time = lstatSync(join(to, 'tree')).mtimeMs;
  chmodSync(to, 0o755);
  return { fresh, over, failed, time, leftovers: site.leftovers() };
}

/** Nothing can be made there at all. */
async function deniedTarget(): Promise<unknown> {
  const from = site.workspace();
  plantTree(join(from, 'tree'), [{ path: '', kind: 'folder' }]);
  const { manifest } = await site.save(from);
  const to = site.workspace();
  chmodSync(to, 0o555);
  const failed = await site.restore(to, manifest).then(() => 'restored', errorCode);
  chmodSync(to, 0o755);
  return { failed, left: readdirSync(to) };
}

/** What may not be read is told, left out, and the rest is saved. */
async function unreadableFiles(): Promise<unknown> {
  const from = site.workspace();
  plantTree(join(from, 'tree'), [
    { path: '', kind: 'folder' },
    { path: 'a', kind: 'file', content: 'a' },
    { path: 'closed', kind: 'folder', mode: 0o000 },
    { path: 'large', kind: 'file', content: Buffer.alloc(1_500_000), mode: 0o000 },
    { path: 'small', kind: 'file', content: 'small', mode: 0o000 },
  ]);
  site.warnings.length = 0;
  const { files } = await site.save(from);
  chmodSync(join(from, 'tree/closed'), 0o755);
  return {
    files,
    warnings: site.warnings.map((warning) => warning.split(' ', 1)[0] ?? '').toSorted((a, b) => (a < b ? -1 : 1)),
  };
}

/** A state folder that may not be written, or not even be looked into, is no trouble. */
async function unwritableState(mode: number): Promise<unknown> {
  const from = site.workspace();
  const to = site.workspace();
  const sealed = site.workspace();
  chmodSync(sealed, mode);
  plantTree(join(from, 'tree'), TREE);
  const machine = { stateDir: join(sealed, 'state') };
  const { manifest } = await site.save(from, { machine });
  await site.restore(to, manifest, { machine });
  const difference = await site.difference(join(from, 'tree'), join(to, 'tree'));
  chmodSync(sealed, 0o755);
  return { difference };
}

try {
  const report = {
    user: process.getuid?.() !== 0,
    readOnlyFolders: await readOnlyFolders(),
    unwritableParent: await unwritableParent(),
    deniedTarget: await deniedTarget(),
    unreadableFiles: await unreadableFiles(),
    unwritableState: await unwritableState(0o555),
    closedState: await unwritableState(0o000),
  };
  console.log(JSON.stringify(report));
} finally {
  site.remove();
}
