import type { CommitId, IoOptions, TreeFile } from '../content/index.ts';
import type { Clone } from './clone.ts';
import { fetchMissing } from './fetch-missing.ts';
import { readObjects } from './read-objects.ts';
import { FOLDER_MODE, parseTree } from './tree-object.ts';

/** A commit of another repository: no object of this one. */
const SUBMODULE_MODE = '160000';

/** Objects asked for, and read, at once. */
const BATCH = 2000;

interface Place {
  readonly path: string;
  readonly id: string;
}

/** Every file below a folder, in the order of their paths. What the clone lacks is fetched level by level, not one by one. */
export async function* readFolder(
  clone: Clone,
  commit: CommitId,
  folder: string,
  options?: IoOptions,
): AsyncIterable<TreeFile> {
  const [top] = await readObjects(clone.git, [`${commit}:${folder}`], options);
  if (top?.type !== 'tree') return;
  const files: Place[] = [];
  for (let level: readonly Place[] = [{ path: folder, id: top.id }]; level.length > 0; ) {
    const inner: Place[] = [];
    for await (const { path, bytes } of readAll(clone, level, options)) {
      for (const { mode, name, id } of parseTree(bytes, top.id.length / 2)) {
        if (mode !== SUBMODULE_MODE) (mode === FOLDER_MODE ? inner : files).push({ path: `${path}/${name}`, id });
      }
    }
    level = inner;
  }
  yield* readAll(
    clone,
    files.sort((a, b) => (a.path < b.path ? -1 : 1)),
    options,
  );
}

async function* readAll(clone: Clone, places: readonly Place[], options?: IoOptions): AsyncIterable<TreeFile> {
  for (let at = 0; at < places.length; at += BATCH) {
    const batch = places.slice(at, at + BATCH);
    const ids = batch.map(({ id }) => id);
    await fetchMissing(clone, ids, options);
    const objects = await readObjects(clone.git, ids, options);
    for (const [i, { path }] of batch.entries()) {
      const object = objects[i];
      if (object !== undefined) yield { path, bytes: object.bytes };
    }
  }
}
