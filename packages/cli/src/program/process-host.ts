import type { OutputStream } from '../terminal/index.ts';

/** The part of node:process that a command line needs. */
export interface ProcessHost {
  readonly argv: readonly string[];
  readonly env: Record<string, string | undefined>;
  readonly platform: NodeJS.Platform;
  readonly arch: string;
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly stdout: OutputStream & NodeJS.WritableStream;
  readonly stderr: OutputStream & NodeJS.WritableStream;
  exitCode?: number | string | null | undefined;
  cwd(): string;
  once(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
  off(event: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}
