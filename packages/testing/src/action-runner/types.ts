import type { Annotation } from './workflow-commands.ts';

export type JobStatus = 'success' | 'failure' | 'cancelled';

export interface ActionRunnerOptions {
  /** Folder with `actions/<name>/action.yml` and what they point at. */
  readonly root: string;
  /** `GITHUB_WORKSPACE`, and the working directory of every step. Must exist. */
  readonly workspace: string;
  /** `HOME` of the steps. Must exist. */
  readonly home: string;
  /** `RUNNER_TEMP`; the runner's own files lie in a folder beneath. Must exist. */
  readonly temp: string;
  /** Variables of the job, as `env:` in a workflow; they win over the runner's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Runs the steps as this user (needs root). */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Stands for `github.token`. Default: a recognizable string that is no token. */
  readonly token?: string;
  /** What goes before `node` on the command line (a stop watch, `setpriv …`). */
  readonly launcher?: readonly string[];
}

export interface StepRequest {
  /** A folder of `actions/`, or `.` for the action at the root, or `./FOLDER` for one elsewhere below the root. */
  readonly action: string;
  /** As `with:`. */
  readonly with?: Readonly<Record<string, string>>;
  /** As the step's `env:`. Like there, the post step sees it as well. */
  readonly env?: Readonly<Record<string, string>>;
  /** As `continue-on-error:`: a failure leaves the job's status alone. */
  readonly continueOnError?: boolean;
  /** Options for Node, before the file's name: `--cpu-prof`. */
  readonly nodeOptions?: readonly string[];
  /**
   * The main thread's timers (`setTimeout`) run this many times as fast, so that time-outs and waits of minutes cost a test
   * seconds. The clock goes on as it does, and so does what Node times by itself (`AbortSignal.timeout`). Default 1.
   */
  readonly timerScale?: number;
}

/** What a step cost, over all of its threads. Child processes are not in it. */
export interface StepUsage {
  readonly userMs: number;
  readonly systemMs: number;
  /** Highest resident set, in bytes. */
  readonly peakBytes: number;
}

export interface StepRun {
  readonly action: string;
  readonly phase: 'main' | 'post';
  readonly outcome: 'success' | 'failure' | 'cancelled';
  /** Null where a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** What the step wrote to `GITHUB_OUTPUT`; a name that it left unset is absent. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly state: Readonly<Record<string, string>>;
  /** What the step wrote to `GITHUB_ENV`. */
  readonly env: Readonly<Record<string, string>>;
  /** What the step wrote to `GITHUB_PATH`. */
  readonly path: readonly string[];
  readonly annotations: readonly Annotation[];
  /** Values that the step asked to mask. */
  readonly masks: readonly string[];
  /** The step's Markdown for the job summary. */
  readonly summary: string;
  /** As the process wrote it, nothing masked. */
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
  /** Absent where the process was killed before it could tell. */
  readonly usage: StepUsage | undefined;
  /** `file:` URLs of the modules that the main thread loaded, in order; empty where the process was killed. */
  readonly modules: readonly string[];
}

export interface RunningStep {
  readonly pid: number;
  readonly finished: Promise<StepRun>;
  /** As a person who presses Cancel: SIGINT, SIGTERM after 7.5 s, SIGKILL after 10 s; the job is cancelled from here on. */
  cancel(): void;
  /** SIGKILL, as when the machine goes away; the job's status is left to the outcome. */
  kill(): void;
}

export interface ActionRunner {
  /** The job's status so far. */
  readonly status: JobStatus;
  /** Variables that steps exported so far, over `options.env`. */
  readonly env: Readonly<Record<string, string>>;
  start(request: StepRequest): Promise<RunningStep>;
  /** `start`, waited for. */
  run(request: StepRequest): Promise<StepRun>;
  /** Stands for a step of another kind that failed. */
  fail(): void;
  /** Runs the registered post steps, last first; the steps whose `post-if` does not hold are left out. */
  finish(): Promise<readonly StepRun[]>;
}
