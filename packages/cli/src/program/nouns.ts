import { build, checkExisting } from '../build/index.ts';
import { explain, key, list, remove, restore, save, show, verify } from '../cache/index.ts';
import { log, repair, status } from '../channel/index.ts';
import type { Verb } from '../command/index.ts';
import { doctor } from '../doctor/index.ts';
import { attach, copy, hash, tree } from '../graph/index.ts';
import { getDigest, history, promote, recordArtifact, rollback, validateDigest } from '../image/index.ts';
import {
  list as listRecords,
  seal as sealRecords,
  show as showRecord,
  verify as verifyRecords,
} from '../record/index.ts';
import type { Session } from '../session/index.ts';

/** A noun and what can be done with it; a new one is a new folder and a line below. */
export interface Noun {
  readonly name: string;
  readonly summary: string;
  /** By the last word of their names, in the order of help. */
  readonly verbs: Readonly<Record<string, Verb<Session>>>;
}

export const NOUNS: readonly Noun[] = [
  {
    name: 'cache',
    summary: 'files under a key',
    verbs: { save, restore, list, show, verify, delete: remove, key, explain },
  },
  {
    name: 'image',
    summary: 'images by their digest',
    verbs: {
      build,
      'check-existing': checkExisting,
      'record-artifact': recordArtifact,
      'get-digest': getDigest,
      'validate-digest': validateDigest,
      promote,
      rollback,
      history,
    },
  },
  {
    name: 'record',
    summary: 'what was built, from which commit',
    verbs: { list: listRecords, show: showRecord, verify: verifyRecords, seal: sealRecords },
  },
  {
    name: 'channel',
    summary: 'what is where, and whether it is true',
    verbs: { status, repair, log },
  },
];

/** Verbs that stand alone. */
export const VERBS: Readonly<Record<string, Verb<Session>>> = { attach, copy, tree, hash, doctor };
