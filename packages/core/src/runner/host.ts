/** The part of Node's `process` that a step needs; tests hand in an object, `main.ts` hands in `process`. */
export interface Host {
  readonly env: Record<string, string | undefined>;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly stdout: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
  cwd(): string;
  on(event: HostSignal, listener: () => void): unknown;
  on(event: 'uncaughtException', listener: (error: Error) => void): unknown;
  off(event: HostSignal, listener: () => void): unknown;
}

/** What a runner sends to a step whose job is cancelled. */
export type HostSignal = 'SIGINT' | 'SIGTERM';
