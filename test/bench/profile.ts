import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Contender } from './contender.ts';
import type { Scenario } from './scenarios.ts';

/**
 * Loaded into the process that is profiled. Node profiles the main thread; threads that are started with options of their own and
 * ended from outside would write nothing, so each gets this file as well, profiles itself, and is asked for what it saw before it ends.
 */
const PRELOAD_SOURCE = `'use strict';
const threads = require('node:worker_threads');
if (threads.isMainThread) {
  const { Worker } = threads;
  threads.Worker = class extends Worker {
    constructor(entry, options) {
      super(entry, { ...options, execArgv: ['--require', __filename] });
    }
    async terminate() {
      const channel = new threads.BroadcastChannel('bench-profile');
      const told = new Promise((resolve) => {
        channel.onmessage = ({ data }) => data.done === this.threadId && resolve();
      });
      channel.postMessage({ end: this.threadId });
      await told;
      channel.close();
      return super.terminate();
    }
  };
  require('node:module').syncBuiltinESMExports();
} else {
  const { Session } = require('node:inspector');
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.start');
  const channel = new threads.BroadcastChannel('bench-profile');
  channel.unref();
  channel.onmessage = ({ data }) => {
    if (data.end !== threads.threadId) return;
    session.post('Profiler.stop', (error, result) => {
      const file = require('node:path').join(__dirname, 'thread-' + threads.threadId + '.cpuprofile');
      if (!error) require('node:fs').writeFileSync(file, JSON.stringify(result.profile));
      channel.postMessage({ done: threads.threadId });
    });
  };
}
`;

/** Runs one of ours once to warm up and once under the profiler. Gives the files: one of the main thread, one of each other thread. */
export async function profileScenario(scenario: Scenario, ours: Contender, folder: string): Promise<readonly string[]> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const preload = join(folder, 'preload.cjs');
  await writeFile(preload, PRELOAD_SOURCE);
  const profiler = ['--require', preload, '--cpu-prof', `--cpu-prof-dir=${folder}`];
  await scenario.setUp(ours);
  for (const [round, nodeOptions] of [[], profiler].entries()) {
    await scenario.prepareRound?.(round, [ours]);
    await scenario.prepare?.(ours);
    await scenario.run(ours, { nodeOptions });
  }
  await rm(preload);
  return (await readdir(folder)).map((file) => join(folder, file));
}
