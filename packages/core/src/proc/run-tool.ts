/** What a tool wrote; both as UTF-8, terminal escapes kept. */
export interface ToolOutput {
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunToolOptions {
  /** Absolute. Default: that of this process. */
  readonly cwd?: string;
  /** Whole time from start to end. Default 10,000. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a program to its end and gives what it wrote. No shell: arguments arrive as they are. Standard input is empty.
 *
 * @param command a name that is looked up in `PATH`, or an absolute path
 * @throws WaybillError `TOOL_MISSING` (user) where there is no such program; `TOOL_FAILED` (user) with its exit code
 *   and last line where that is not 0, or where it could not be started; `TOOL_TIMEOUT` (remote) where it took longer;
 *   `TOOL_OUTPUT_TOO_LARGE` (user). The signal's reason after an abort
 */
export type RunTool = (command: string, args: readonly string[], options?: RunToolOptions) => Promise<ToolOutput>;
