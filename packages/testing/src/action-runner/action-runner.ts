import { chmod, mkdir } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { type ExpressionContext, evaluateExpression, interpolate, truthy } from './expression.ts';
import { createFileCommands } from './file-commands.ts';
import { type ActionManifest, readActionManifest } from './manifest.ts';
import { TIMER_SCALE_VARIABLE } from './preload.ts';
import { runnerEnv } from './runner-env.ts';
import { startStepProcess } from './step-process.ts';
import type { ActionRunner, ActionRunnerOptions, JobStatus, RunningStep, StepRequest, StepRun } from './types.ts';
import { type Annotation, parseWorkflowCommands } from './workflow-commands.ts';

/** Not the shape of any real token, so that no scanner or mask takes it for one by shape. */
const DEFAULT_TOKEN = 'waybill-test-token';

interface Post {
  readonly manifest: ActionManifest;
  readonly request: StepRequest;
  readonly script: string;
  state: Readonly<Record<string, string>>;
}

/** A job that has not run a step yet. The room's index says what it does as GitHub's runner does. */
export async function createActionRunner(options: ActionRunnerOptions): Promise<ActionRunner> {
  const own = join(options.temp, '_runner');
  await mkdir(own, { recursive: true });
  const base = await runnerEnv(options, own, process.env);
  const exported: Record<string, string> = {};
  const pathPrefix: string[] = [];
  const posts: Post[] = [];
  let status: JobStatus = 'success';
  let steps = 0;

  const context = (stepEnv: Readonly<Record<string, string>>): ExpressionContext => ({
    status,
    lookup: (name) => {
      const [scope, ...rest] = name.split('.');
      const key = rest.join('.');
      if (scope === 'env') return stepEnv[key] ?? exported[key] ?? base[key];
      if (name === 'github.token') return options.token ?? DEFAULT_TOKEN;
      if (scope === 'github') return base[`GITHUB_${key.toUpperCase()}`];
      if (scope === 'runner') return base[`RUNNER_${key.toUpperCase()}`];
      return undefined;
    },
  });

  async function launch(
    manifest: ActionManifest,
    request: StepRequest,
    phase: StepRun['phase'],
    script: string,
    state: Readonly<Record<string, string>>,
    done: (run: StepRun) => void,
  ): Promise<RunningStep> {
    const folder = join(own, `step-${++steps}`);
    const files = await createFileCommands(folder, options.user);
    await chmod(folder, 0o755);
    const env: Record<string, string> = {
      ...base,
      ...exported,
      ...request.env,
      ...inputVariables(manifest, request, context(request.env ?? {})),
      ...Object.fromEntries(Object.entries(state).map(([name, value]) => [`STATE_${name}`, value])),
      ...files.env,
      GITHUB_ACTION: `__${request.action.replace(/\W/g, '')}`,
      GITHUB_ACTION_PATH: manifest.folder,
      ...(request.timerScale === undefined ? {} : { [TIMER_SCALE_VARIABLE]: String(request.timerScale) }),
    };
    if (pathPrefix.length > 0) env['PATH'] = [...pathPrefix, env['PATH'] ?? ''].join(delimiter);
    const child = await startStepProcess({
      launcher: options.launcher ?? [],
      nodeOptions: request.nodeOptions ?? [],
      script,
      cwd: options.workspace,
      env,
      user: options.user,
      folder,
    });
    let cancelled = false;
    const finished = child.finished.then(async (ended): Promise<StepRun> => {
      const told = await files.read();
      const { annotations, masks } = parseWorkflowCommands(ended.stdout);
      const outcome = cancelled ? 'cancelled' : ended.exitCode === 0 ? 'success' : 'failure';
      const unexpected = phase === 'main' ? unexpectedInputs(manifest, request) : [];
      const run: StepRun = {
        action: request.action,
        phase,
        outcome,
        ...ended,
        ...told,
        annotations: [...unexpected, ...annotations],
        masks,
      };
      Object.assign(exported, told.env);
      pathPrefix.unshift(...told.path.toReversed());
      if (outcome === 'failure' && request.continueOnError !== true && status === 'success') status = 'failure';
      done(run);
      return run;
    });
    return {
      pid: child.pid,
      finished,
      cancel: () => {
        cancelled = true;
        status = 'cancelled';
        child.cancel();
      },
      kill: () => child.kill(),
    };
  }

  async function start(request: StepRequest): Promise<RunningStep> {
    const { action } = request;
    const below = action === '.' || action.startsWith('./') ? action : join('actions', action);
    const folder = join(options.root, below);
    const manifest = await readActionManifest(folder);
    const post: Post | undefined =
      manifest.post === undefined ? undefined : { manifest, request, script: manifest.post, state: {} };
    if (post !== undefined) posts.push(post);
    return launch(manifest, request, 'main', manifest.main, {}, (run) => {
      if (post !== undefined) post.state = run.state;
    });
  }

  return {
    get status() {
      return status;
    },
    get env() {
      return { ...options.env, ...exported };
    },
    start,
    run: async (request) => (await start(request)).finished,
    fail: () => {
      if (status === 'success') status = 'failure';
    },
    finish: async () => {
      const runs: StepRun[] = [];
      for (let post = posts.pop(); post !== undefined; post = posts.pop()) {
        const { manifest, request, script, state } = post;
        if (!truthy(evaluateExpression(stripBraces(manifest.postIf), context(request.env ?? {})))) continue;
        const step = await launch(manifest, request, 'post', script, state, () => undefined);
        runs.push(await step.finished);
      }
      return runs;
    },
  };
}

/** `INPUT_*` of a step: what `with` gives, else the default, both evaluated now. An input without either is not set. */
function inputVariables(
  manifest: ActionManifest,
  request: StepRequest,
  context: ExpressionContext,
): Record<string, string> {
  const given = new Map(Object.entries(request.with ?? {}).map(([name, value]) => [inputVariable(name), value]));
  const variables: Record<string, string> = {};
  for (const [name, value] of manifest.inputs) {
    if (value !== undefined) variables[inputVariable(name)] = interpolate(value, context);
  }
  for (const [name, value] of given) variables[name] = interpolate(value, context);
  return variables;
}

function inputVariable(name: string): string {
  return `INPUT_${name.replaceAll(' ', '_').toUpperCase()}`;
}

/** GitHub's runner passes inputs that the action does not declare, and warns. */
function unexpectedInputs(manifest: ActionManifest, request: StepRequest): Annotation[] {
  const known = new Set([...manifest.inputs.keys()].map((name) => name.toLowerCase()));
  const names = Object.keys(request.with ?? {}).filter((name) => !known.has(name.toLowerCase()));
  if (names.length === 0) return [];
  const message = `Unexpected input(s) ${names.map((name) => `'${name}'`).join(', ')}`;
  return [{ level: 'warning', title: undefined, message, properties: {} }];
}

function stripBraces(condition: string): string {
  return condition.replace(/^\s*\$\{\{(.*)\}\}\s*$/s, '$1');
}
