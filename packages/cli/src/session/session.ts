import type { CacheDeps, Snapshots } from '@waybill/core/cache';
import type { RunTool } from '@waybill/core/proc';
import type { RunContext } from '@waybill/core/runner';
import type { Printer } from '../terminal/index.ts';
import type { OpenStore } from './open-store.ts';

/** What a verb works with, whatever it does: all that it knows of the machine. */
export interface Session {
  /** Facts of the machine and, on GitHub, of the run; its workspace is the working directory. */
  readonly context: RunContext;
  /** Whether this is a step of a workflow. */
  readonly onGithub: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: Printer;
  readonly openStore: OpenStore;
  readonly snapshots: () => Promise<Snapshots>;
  readonly machine: CacheDeps['machine'];
  readonly runTool: RunTool;
  /** Asks a person and waits; undefined where nobody is there to answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}
