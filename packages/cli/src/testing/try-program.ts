import type { Snapshots } from '@waybill/core/cache';
import { chainOf, type StoreUri } from '@waybill/core/content';
import type { RunTool } from '@waybill/core/proc';
import type { RunContext } from '@waybill/core/runner';
import type { ExitCode } from '../command/index.ts';
import { runProgram } from '../program/index.ts';
import type { Bytes, Names, Session } from '../session/index.ts';
import { createPrinter } from '../terminal/index.ts';

/** A machine for a command line, all of it in memory. */
export interface TrialMachine {
  readonly store: Bytes & Names;
  readonly snapshots: Snapshots;
  readonly context: RunContext;
  readonly now: () => number;
  /** Default: a folder. */
  readonly uri?: StoreUri;
  readonly connectRegistry?: Session['connectRegistry'];
  readonly openPromotions?: Session['openPromotions'];
  readonly openRegistries?: Session['openRegistries'];
  readonly openImages?: Session['openImages'];
  readonly openReleases?: Session['openReleases'];
  readonly onGithub?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly runTool?: RunTool;
  readonly confirm?: Session['confirm'];
  readonly signal?: AbortSignal;
}

export interface Trial {
  readonly code: ExitCode;
  /** Standard output and standard error, whole. */
  readonly out: string;
  readonly err: string;
  /** Standard output as JSON. @throws SyntaxError where it is none */
  readonly json: () => unknown;
}

const noTool: RunTool = async (command) => {
  throw new Error(`the test did not expect ${command} to be run`);
};

const noRegistry: Session['connectRegistry'] = async ({ host }) => {
  throw new Error(`the test did not expect ${host} to be spoken to`);
};

const noPromotions: Session['openPromotions'] = async () => {
  throw new Error('the test did not expect a ledger to be opened');
};

const noRegistries: Session['openRegistries'] = async () => {
  throw new Error('the test did not expect registries to be spoken to');
};

const noImages: Session['openImages'] = async () => {
  throw new Error('the test did not expect records to be opened');
};

/** Runs a command line on such a machine. */
export async function tryProgram(args: readonly string[], machine: TrialMachine): Promise<Trial> {
  let out = '';
  let err = '';
  const { store, snapshots, context, now, onGithub = false, env = {}, runTool = noTool } = machine;
  const signal = machine.signal ?? new AbortController().signal;
  const code = await runProgram(args, {
    version: '1.2.3',
    signal,
    printer: (options) =>
      createPrinter({
        stdout: { write: (text) => (out += text) },
        stderr: { write: (text) => (err += text) },
        env,
        now,
        ...options,
      }),
    session: async (print) => ({
      context,
      onGithub,
      env,
      print,
      openStore: async () => ({
        names: store,
        store,
        chain: chainOf(machine.uri ?? { kind: 'dir', path: context.workspace, maxBytes: 0, share: 'repository' }),
        shown: machine.uri?.kind === 'oci' ? `oci://${machine.uri.host}/${machine.uri.repository}` : 'dir:/in/memory',
        from: 'default',
      }),
      connectRegistry: machine.connectRegistry ?? noRegistry,
      openPromotions: machine.openPromotions ?? noPromotions,
      openRegistries: machine.openRegistries ?? noRegistries,
      clock: { now, sleep: async () => undefined, random: () => 0 },
      openImages: machine.openImages ?? noImages,
      // Without a run there are none.
      openReleases: machine.openReleases ?? (async () => undefined),
      snapshots: async () => snapshots,
      machine: { stateDir: undefined, now, threads: 0, workerEntry: undefined },
      runTool,
      confirm: machine.confirm,
      signal,
    }),
  });
  return { code, out, err, json: (): unknown => JSON.parse(out) };
}
