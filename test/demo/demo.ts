// `npm run demo`: a real dependency tree saved, restored, changed, saved as a delta, restored by a prefix and damaged; an image from
// dev to production and back; one build for two runs that want it; through the bundles that a workflow runs. Needs nothing but
// the build and git; leaves nothing behind.
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildOnce } from './acts/build-once.ts';
import { deltaSave, prefixHit } from './acts/delta.ts';
import { flippedByte } from './acts/flipped-byte.ts';
import { promotion } from './acts/promotion.ts';
import { exactHit, missAndSave } from './acts/save-and-hit.ts';
import { bytes, createPrinter, type Printer, percent, seconds } from './print.ts';
import { type Act, DemoError, openStage, type Stage } from './stage.ts';

const ACTS: readonly Act[] = [
  missAndSave,
  exactHit,
  deltaSave,
  prefixHit,
  flippedByte,
  promotion,
  buildOnce(process.env),
];
const ROOT = fileURLToPath(new URL('../..', import.meta.url));

async function main(print: Printer): Promise<void> {
  if (!existsSync(join(ROOT, 'dist', 'cache', 'main.js'))) {
    throw new DemoError('dist/ is not built. Run `npm run demo`, which builds first, or `npm run build`.');
  }
  const begin = performance.now();
  const base = await mkdtemp(join(tmpdir(), 'waybill-demo-'));
  const stage = await openStage(ROOT, base, print);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Once: a second one ends the demo on the spot.
    process.once(signal, () => stage.stop(`Stopped by ${signal}; nothing is left behind.`));
  }
  try {
    print.plain(
      `Waybill: bundles of dist/ run as a runner runs them, on Node ${process.version}; the store is a folder.`,
    );
    for (const [index, act] of ACTS.entries()) {
      print.act(index + 1, ACTS.length, act.title);
      await act.play(stage);
    }
    closing(print, stage, performance.now() - begin);
  } finally {
    await rm(base, { recursive: true, force: true, maxRetries: 3 });
  }
}

function closing(print: Printer, stage: Stage, milliseconds: number): void {
  const full = {
    save: stage.figures.find(({ kind }) => kind === 'save'),
    restore: stage.figures.find(({ kind }) => kind === 'restore'),
  };
  print.plain('');
  print.table(
    ['', 'tree', 'moved', 'time', 'bytes, of the full', 'time, of the full'],
    stage.figures.map((figure) => [
      figure.what,
      bytes(figure.treeBytes),
      bytes(figure.moved),
      seconds(figure.milliseconds),
      percent(figure.moved, full[figure.kind]?.moved ?? 0),
      percent(figure.milliseconds, full[figure.kind]?.milliseconds ?? 0),
    ]),
  );
  print.plain(`\nAll as it should be, in ${seconds(milliseconds)}; nothing was left behind.`);
  print.plain(
    'Where to look next: docs/architecture.md (how it works), actions/*/README.md (how to use it), npm run bench (how fast).',
  );
}

const print = createPrinter(process.stdout, process.env);
main(print).catch((error: unknown) => {
  process.exitCode = 1;
  print.fail(
    error instanceof DemoError
      ? error.message
      : error instanceof Error
        ? (error.stack ?? error.message)
        : String(error),
  );
});
