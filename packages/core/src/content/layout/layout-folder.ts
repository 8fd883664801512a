import { mkdir, writeFile } from 'node:fs/promises';
import { errorCode } from '../../errors/index.ts';
import { isMissing } from './disk-errors.ts';
import { statIfThere } from './files.ts';
import type { LayoutPaths } from './layout-paths.ts';

const EMPTY_INDEX = '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}\n';

/** Makes the folder an OCI image layout where it is none yet (OCI image-spec, image-layout.md). */
export async function makeLayout(paths: LayoutPaths): Promise<void> {
  await mkdir(paths.blobs, { recursive: true });
  await mkdir(paths.temp, { recursive: true });
  // An index that was lost from a standing layout is made from the names, not as an empty one.
  if ((await statIfThere(paths.layoutFile)) !== undefined) return;
  await writeNew(paths.indexFile, EMPTY_INDEX);
  await writeNew(paths.layoutFile, '{"imageLayoutVersion":"1.0.0"}');
}

/** Does the work; where the store's folders are missing, never made or removed meanwhile, makes them and does it once more. */
export async function inLayout<T>(paths: LayoutPaths, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMissing(error)) throw error;
    await makeLayout(paths);
    return work();
  }
}

async function writeNew(path: string, text: string): Promise<void> {
  try {
    await writeFile(path, text, { flag: 'wx' });
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}
