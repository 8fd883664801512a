import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sleep } from '@waybill/core/async';
import type { Repositories } from '@waybill/core/repository';
import type { RunContext } from '@waybill/core/runner';
import type { Printer } from '../terminal/index.ts';
import { gitHubToken } from './run-facts.ts';

/** Repositories as this machine reaches them, and a folder for this run alone. The same for each call. */
export type OpenRepositories = () => Promise<{ readonly repositories: Repositories; readonly folder: string }>;

export interface OpenRepositoriesDeps {
  readonly context: RunContext;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: Pick<Printer, 'info'>;
  /** What is done when the program ends. */
  readonly atEnd: (close: () => void) => void;
}

/** With the token of the environment those of its GitHub go by the API. */
export function createOpenRepositories({ context, env, print, atEnd }: OpenRepositoriesDeps): OpenRepositories {
  const { home, workspace, platform } = context;
  let opened: ReturnType<OpenRepositories> | undefined;
  const open: OpenRepositories = async () => {
    const { openRepositories } = await import('@waybill/core/repository');
    const folder = mkdtempSync(join(tmpdir(), 'waybill-'));
    atEnd(() => rmSync(folder, { recursive: true, force: true }));
    const repositories = openRepositories({
      env,
      platform,
      home,
      cwd: workspace,
      token: gitHubToken(env),
      workFolder: join(folder, 'ledger'),
      clock: { now: Date.now, sleep, random: Math.random },
      log: print,
    });
    atEnd(repositories.close);
    return { repositories, folder };
  };
  return () => (opened ??= open());
}
