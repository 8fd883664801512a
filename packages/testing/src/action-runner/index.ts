/**
 * A runner for one job: runs our actions as GitHub's runner runs them, on this machine, without GitHub.
 *
 * What it does as GitHub's runner does (actions/runner, `src/Runner.Worker`):
 * - reads `action.yml`, fills `INPUT_*` (upper case, spaces to `_`) from `with`, else from the evaluated defaults;
 * - starts `runs.main` in the workspace with this Node, in an environment of its own: `GITHUB_*`, `RUNNER_*`, `HOME`, `PATH`
 *   and what earlier steps wrote to `GITHUB_ENV`; nothing else of the caller's environment leaks in;
 * - reads outputs, state, variables, path and summary from the files that it names, and commands (`::notice …`) from stdout;
 * - registers `runs.post` before main starts, and `finish()` runs the posts last in, first out, each where its `post-if` holds,
 *   with inputs evaluated again and `STATE_*` filled;
 * - cancels with SIGINT, then SIGTERM after 7.5 s, then SIGKILL after 2.5 s more.
 *
 * Besides, every step tells its wall time, its processor time and peak memory (all threads), and the modules it loaded.
 *
 * ```ts
 * const job = await createActionRunner({ root, workspace, home, temp });
 * const step = await job.run({ action: 'restore-cache', with: { path: 'node_modules', key: 'deps' } });
 * step.outputs['cache-hit']; // 'true', or undefined where the action left it unset
 * await job.finish();
 * ```
 *
 * What it does not do: Docker and composite actions, `pre:`, problem matchers. For those the workflows run under a real runner.
 */
export { createActionRunner } from './action-runner.ts';
export { type ExpressionContext, evaluateExpression, interpolate } from './expression.ts';
export { type ActionManifest, readActionManifest } from './manifest.ts';
export type {
  ActionRunner,
  ActionRunnerOptions,
  JobStatus,
  RunningStep,
  StepRequest,
  StepRun,
  StepUsage,
} from './types.ts';
export type { Annotation } from './workflow-commands.ts';
