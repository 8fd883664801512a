import type { Runner } from '@waybill/core/runner';

export interface FakeRunnerOptions {
  readonly inputs?: Readonly<Record<string, string>>;
  /** What the main step left for the post step. */
  readonly state?: Readonly<Record<string, string>>;
}

/** A line that the step logged, and at which level. */
export interface LogLine {
  readonly level: 'info' | 'notice' | 'warning' | 'error';
  readonly message: string;
  readonly title?: string;
}

/** A runner that only remembers. */
export interface FakeRunner extends Runner {
  readonly outputs: Map<string, string>;
  /** What the step saved; `state()` reads what was handed in, as on a real runner, where a step never sees its own. */
  readonly saved: Map<string, string>;
  readonly variables: Map<string, string>;
  /** Folders put in front of `PATH`, in order. */
  readonly paths: string[];
  readonly masked: string[];
  readonly lines: LogLine[];
  readonly summaries: string[];
  readonly failures: unknown[];
}

/** A runner in memory, with these inputs and this state. Names of inputs count without their case, as on GitHub's runner. */
export function createFakeRunner({ inputs = {}, state = {} }: FakeRunnerOptions = {}): FakeRunner {
  const given = new Map(Object.entries(inputs).map(([name, value]) => [name.toUpperCase(), value]));
  const outputs = new Map<string, string>();
  const saved = new Map<string, string>();
  const variables = new Map<string, string>();
  const paths: string[] = [];
  const masked: string[] = [];
  const lines: LogLine[] = [];
  const summaries: string[] = [];
  const failures: unknown[] = [];
  const log = (level: LogLine['level']) => (message: string, options?: { readonly title?: string }) => {
    lines.push(options?.title === undefined ? { level, message } : { level, message, title: options.title });
  };
  return {
    outputs,
    saved,
    variables,
    paths,
    masked,
    lines,
    summaries,
    failures,
    input: (name) => (given.get(name.toUpperCase()) ?? '').trim(),
    state: (name) => state[name] ?? '',
    setOutput: (name, value) => void outputs.set(name, value),
    saveState: (name, value) => void saved.set(name, value),
    exportVariable: (name, value) => void variables.set(name, value),
    addPath: (folder) => void paths.push(folder),
    mask: (value) => {
      if (value !== '') masked.push(value);
    },
    info: (message) => log('info')(message),
    notice: log('notice'),
    warning: log('warning'),
    error: log('error'),
    group: (_title, body) => body(),
    summary: (markdown) => void summaries.push(markdown),
    failed: (error) => void failures.push(error),
  };
}
