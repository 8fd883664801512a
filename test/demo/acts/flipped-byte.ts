import { cpSync } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { seconds } from '../print.ts';
import { type Act, DemoError } from '../stage.ts';

export const flippedByte: Act = {
  title: 'A byte in the store rots: a clean miss, and the next save heals it',
  play: async (stage) => {
    const { print } = stage;
    const first = await stage.machine('first');
    const fourth = await stage.machine('fourth');
    const blob = await largestBlob(join(stage.store, 'blobs', 'sha256'));
    await flipByte(blob.file, Math.floor(blob.size / 2));
    print.step(`flipped one bit in the middle of blob ${blob.name.slice(0, 12)}…`);

    const job = await stage.job(fourth);
    const broken = await stage.step(job, { action: 'cache', with: { key: 'deps-1' } });
    stage.expectOutputs(broken, { 'cache-hit': undefined, 'cache-matched-key': undefined, reason: 'corrupt' });
    const left = await readdir(fourth.workspace);
    if (left.length > 0) throw new DemoError(`The broken restore left ${left.join(', ')} in the workspace.`);
    print.good(
      `cache: result ${broken.outputs['result']}, reason corrupt; the job stays green, and nothing was written`,
    );

    cpSync(first.tree, fourth.tree, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    const [post] = await job.finish();
    if (post === undefined || post.outcome !== 'success')
      throw new DemoError('The post step of cache did not run to its end.');
    print.step(`the job installs anew, and its post step saves (${seconds(post.wallMs)})`);

    const fifth = await stage.machine('fifth');
    const healed = await stage.step(await stage.job(fifth), { action: 'restore-cache', with: { key: 'deps-1' } });
    stage.expectOutputs(healed, { 'cache-hit': 'true', result: 'exact' });
    await stage.expectSameTree(fourth.tree, fifth.tree);
    print.good(`restore-cache on a fifth machine: result exact again, compared whole (${seconds(healed.wallMs)})`);
  },
};

async function largestBlob(folder: string): Promise<{ file: string; name: string; size: number }> {
  let largest = { file: '', name: '', size: -1 };
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    const { size } = await stat(file);
    if (size > largest.size) largest = { file, name, size };
  }
  if (largest.size < 1) throw new DemoError(`${folder} holds no blob to damage.`);
  return largest;
}

async function flipByte(file: string, at: number): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, at);
    byte[0] = (byte[0] ?? 0) ^ 1;
    await handle.write(byte, 0, 1, at);
  } finally {
    await handle.close();
  }
}
