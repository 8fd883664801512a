/** Names the file into which the preload writes its report, one JSON object. */
export const REPORT_VARIABLE = 'WAYBILL_TEST_STEP_REPORT';

/** Holds how many times as fast the timers of the step run. */
export const TIMER_SCALE_VARIABLE = 'WAYBILL_TEST_TIMER_SCALE';

/**
 * Loaded into each step before its own code (`node --require`): at exit it reports what the process cost (getrusage, so all
 * threads count) and which modules the main thread loaded. Plain CommonJS, so that it costs a step about a millisecond;
 * compiled TypeScript or a loader thread would show in what a miss costs.
 */
export const PRELOAD_SOURCE = `'use strict';
const { isMainThread } = require('node:worker_threads');
const file = process.env.${REPORT_VARIABLE};
const scale = Number(process.env.${TIMER_SCALE_VARIABLE} ?? 1);
delete process.env.${TIMER_SCALE_VARIABLE};
if (isMainThread && scale !== 1) {
  const { setTimeout } = globalThis;
  globalThis.setTimeout = (task, ms, ...rest) => setTimeout(task, ms / scale, ...rest);
}
if (isMainThread && file) {
  delete process.env.${REPORT_VARIABLE};
  const { writeFileSync } = require('node:fs');
  const modules = [];
  require('node:module').registerHooks({
    load(url, context, next) {
      if (url.startsWith('file:')) modules.push(url);
      return next(url, context);
    },
  });
  process.on('exit', () => {
    const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
    writeFileSync(file, JSON.stringify({ userCPUTime, systemCPUTime, maxRSS, modules }));
  });
}
`;
