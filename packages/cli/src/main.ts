import { isMainThread, workerData } from 'node:worker_threads';
import { readVersion, start } from './program/index.ts';

// Worker threads start with this file too: only here `import.meta.url` is that of the bundle and not of one of its chunks.
const self = new URL(import.meta.url);
if (isMainThread) {
  await start(process, { version: readVersion(manifestOf(self)), worker: self });
} else if (roleOf(workerData) === 'waybill-snapshot-worker') {
  const { serveSnapshotWorker } = await import('@waybill/core/snapshot');
  serveSnapshotWorker();
}

function roleOf(data: unknown): unknown {
  return typeof data === 'object' && data !== null && 'role' in data ? data.role : undefined;
}

/** Of the package that this file is in: `src/main.ts` and `dist/index.js` lie one folder below the same package.json. */
function manifestOf(file: URL): URL {
  // Of `new URL(…, import.meta.url)` the bundler would make an asset.
  return new URL('../package.json', file);
}
