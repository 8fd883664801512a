import { randomUUID } from 'node:crypto';
import { posix, win32 } from 'node:path';
import { sleep } from '@waybill/core/async';
import { type LocalCopy, openLocalCopy } from '@waybill/core/ledger';
import type { Session } from './session.ts';

/** The local copy that `--artifacts` names, relative to the working directory. Touches nothing. */
export function openCopy(
  { context }: Pick<Session, 'context'>,
  { artifacts }: { readonly artifacts: string },
): LocalCopy {
  const { resolve } = context.platform === 'win32' ? win32 : posix;
  return openLocalCopy({
    file: resolve(context.workspace, artifacts),
    lock: { sleep, random: Math.random, nonce: randomUUID, staleAfterMs: 10_000, patienceMs: 30_000 },
  });
}
