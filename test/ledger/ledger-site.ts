import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openGitRefStore } from '@waybill/core/git';
import { type ChannelDraft, createLedger, type Ledger } from '@waybill/core/ledger';
import { type Digest, digestOf } from '@waybill/core/oci';
import { createRunProgram, type RunProgram } from '@waybill/core/proc';
import { gitEnv } from '@waybill/testing/git';

export const IMAGE = 'ghcr.io/octo-org/app';
export const CHANNEL = 'production';
export const CHANNEL_REF = 'refs/waybill/channel/ghcr_2eio_2focto-org_2fapp/production';

/** A bare repository on disk, ledgers over it as other machines have them, and what they asked of git. */
export interface LedgerSite {
  readonly folder: string;
  readonly repository: string;
  open(): { readonly ledger: Ledger; readonly calls: readonly string[]; readonly workFolder: string };
  dispose(): void;
}

export function ledgerSite(): LedgerSite {
  const folder = mkdtempSync(path.join(tmpdir(), 'ledger-'));
  const repository = path.join(folder, 'ledger.git');
  const env = gitEnv();
  const run = createRunProgram({ env, platform: process.platform });
  let count = 0;
  return {
    folder,
    repository,
    open() {
      const calls: string[] = [];
      const watched: RunProgram = (command, args, options) => {
        calls.push(args.filter((each) => !each.startsWith('--git-dir')).join(' '));
        return run(command, args, options);
      };
      const workFolder = path.join(folder, `work-${(count += 1)}`);
      const clock = {
        now: Date.now,
        sleep: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
        random: Math.random,
      };
      const remote = { kind: 'path', path: repository } as const;
      const refs = openGitRefStore({ remote, workFolder, env, run: watched, clock, create: true });
      return { ledger: createLedger(refs), calls, workFolder };
    },
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export function digestNamed(name: string): Digest {
  return digestOf(new TextEncoder().encode(name));
}

export function draftOf(digest: Digest, more: Partial<ChannelDraft> = {}): ChannelDraft {
  return {
    kind: 'promotion',
    digest,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    to: { reference: `${IMAGE}:stable`, channel: CHANNEL },
    tag: 'stable',
    promotedAt: '2026-01-01T00:00:00Z',
    ...more,
  };
}
