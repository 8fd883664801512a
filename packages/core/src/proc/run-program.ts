/** How a program ended. */
export interface ProgramEnd {
  readonly stdout: Uint8Array;
  /** As UTF-8. */
  readonly stderr: string;
  /** The exit code, or the name of the signal that ended it. */
  readonly status: number | string;
}

export interface RunProgramOptions {
  /** Absolute. Default: that of this process. */
  readonly cwd?: string;
  /** Whole. Default: the one that the maker was given. What belongs to this step alone is taken out of either. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Standard input. Default: empty. */
  readonly input?: Uint8Array;
  /** Whole time from start to end. Default 10,000. */
  readonly timeoutMs?: number;
  /** Names of the environment that would be taken out, and are not. */
  readonly keep?: readonly string[];
  /**
   * Given what the program writes to standard error, while it runs; that is not gathered then, however much it is.
   */
  readonly onStderr?: (piece: Uint8Array) => void;
  /** Of standard output and standard error each. Default: what the maker was given. */
  readonly maxBytes?: number;
  /** After an abort or a time-out: how long it may tidy up before it is killed. Default 0. Not on Windows. */
  readonly graceMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program to its end, whatever its exit code. No shell: arguments arrive as they are.
 *
 * @param command a name that is looked up in `PATH`, or an absolute path
 * @throws WaybillError `TOOL_MISSING` (user) where there is no such program; `TOOL_FAILED` (user) where it could not be
 *   started; `TOOL_TIMEOUT` (remote) where it took longer; `TOOL_OUTPUT_TOO_LARGE` (user). The signal's reason after an abort
 */
export type RunProgram = (command: string, args: readonly string[], options?: RunProgramOptions) => Promise<ProgramEnd>;
