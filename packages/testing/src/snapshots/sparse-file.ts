/** A process of its own, with little memory: a sparse file goes through a save and a restore. Prints a JSON object. */
import { closeSync, lstatSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { plantTree } from './plant-tree.ts';
import { Site } from './site.ts';
import { createSpoiltStore } from './spoilt-store.ts';

const SIZE = Number(process.argv[2]);

const site = new Site(createSpoiltStore());
try {
  const from = site.workspace();
  const to = site.workspace();
  plantTree(join(from, 'tree'), []);
  const file = openSync(join(from, 'tree/sparse'), 'w');
  writeSync(file, 'begin', 0);
  writeSync(file, 'middle', SIZE / 2);
  writeSync(file, 'end', SIZE - 3);
  closeSync(file);
  const { manifest, uploadedBytes } = await site.save(from);
  await site.restore(to, manifest);
  const { size, blocks } = lstatSync(join(to, 'tree/sparse'));
  const difference = await site.difference(join(from, 'tree'), join(to, 'tree'));
  const { maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ size, kilobytes: blocks / 2, uploadedBytes, difference, megabytes: maxRSS / 1024 }));
} finally {
  site.remove();
}
