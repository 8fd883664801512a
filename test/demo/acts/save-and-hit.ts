import { join } from 'node:path';
import { bytes, seconds } from '../print.ts';
import { copyRealTree } from '../real-tree.ts';
import { type Act, DemoError } from '../stage.ts';

/** The least that makes the figures mean something. */
const LEAST_BYTES = 100e6;

export const missAndSave: Act = {
  title: 'A first job: the cache is empty, so it installs, and saves when it is done',
  play: async (stage) => {
    const { print } = stage;
    const laptop = await stage.machine('first');
    const job = await stage.job(laptop);
    const miss = await stage.step(job, { action: 'cache', with: { key: 'deps-1', 'restore-keys': 'deps-' } });
    stage.expectOutputs(miss, {
      'cache-hit': undefined,
      'cache-matched-key': undefined,
      result: 'miss',
      reason: 'no-entry',
    });
    print.good(`cache: result ${miss.outputs['result']}, reason ${miss.outputs['reason']} (${seconds(miss.wallMs)})`);

    print.step("install: this project's own packages are copied");
    const tree = copyRealTree(join(stage.root, 'node_modules'), laptop.tree);
    if (tree.bytes < LEAST_BYTES)
      throw new DemoError(
        `node_modules holds ${bytes(tree.bytes)}; expected ${bytes(LEAST_BYTES)} or more. Run npm ci.`,
      );
    print.good(`${tree.packages.length} packages, ${tree.files} files, ${bytes(tree.bytes)}`);

    const [post] = await job.finish();
    if (post === undefined || post.outcome !== 'success')
      throw new DemoError('The post step of cache did not run to its end.');
    const stored = await stage.storeBytes();
    if (stored === 0) throw new DemoError(`The post step stored nothing.\n${post.stdout}${post.stderr}`);
    stage.figures.push({
      what: 'full save',
      kind: 'save',
      treeBytes: tree.bytes,
      moved: stored,
      milliseconds: post.wallMs,
    });
    print.good(`post: saved whole, ${bytes(stored)} stored in ${seconds(post.wallMs)}`);
  },
};

export const exactHit: Act = {
  title: 'A second machine, an empty folder, the same key: an exact hit',
  play: async (stage) => {
    const first = await stage.machine('first');
    const second = await stage.machine('second');
    const job = await stage.job(second);
    const hit = await stage.step(job, { action: 'restore-cache', with: { key: 'deps-1' } });
    stage.expectOutputs(hit, {
      'cache-hit': 'true',
      'cache-primary-key': 'deps-1',
      'cache-matched-key': 'deps-1',
      result: 'exact',
    });
    stage.print.good(`restore-cache: result exact, ${hit.outputs['restored-files']} files in ${seconds(hit.wallMs)}`);
    const entries = await stage.expectSameTree(first.tree, second.tree);
    stage.print.good(`compared whole: ${entries} entries alike in name, content, mode, time and link`);
    stage.figures.push({
      what: 'full restore',
      kind: 'restore',
      treeBytes: Number(hit.outputs['restored-bytes']),
      moved: Number(hit.outputs['downloaded-bytes']),
      milliseconds: hit.wallMs,
    });
  },
};
