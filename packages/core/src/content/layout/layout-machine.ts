import { createHash, randomUUID } from 'node:crypto';
import { sleep } from '../../async/index.ts';
import type { LockRules } from './file-lock.ts';

/** What a layout store needs of its surroundings; tests give their own. */
export interface LayoutMachine {
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Things worth knowing when something is looked for; not for people's eyes by default. */
  readonly log: (line: string) => void;
  readonly nonce: () => string;
  readonly lock: LockRules;
}

export interface LayoutMachineOptions {
  readonly clock: () => number;
  readonly log?: (line: string) => void;
  readonly nonce?: () => string;
  readonly lock?: Partial<LockRules>;
}

/** Locks are held for a few file operations: 10 s without a move is a stuck owner. */
export function layoutMachine({
  clock,
  log = () => undefined,
  nonce = randomUUID,
  lock,
}: LayoutMachineOptions): LayoutMachine {
  return {
    clock,
    log,
    nonce,
    lock: { sleep, random: chanceFrom(nonce), nonce, staleAfterMs: 10_000, patienceMs: 30_000, ...lock },
  };
}

/** Numbers in [0, 1), as even as nonces are unique. */
function chanceFrom(nonce: () => string): () => number {
  return () => createHash('sha256').update(nonce()).digest().readUInt32BE(0) / 2 ** 32;
}
