/** The part of Node's `process` that a step needs; tests hand in an object, `main.ts` hands in `process`. */
export interface Host {
  readonly env: Record<string, string | undefined>;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly stdout: { write(text: string): unknown };
  exitCode?: number | string | null | undefined;
  cwd(): string;
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}
