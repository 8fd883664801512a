import type { Options } from '../command/index.ts';
import { LEDGER_OPTIONS } from './ledger-options.ts';

/** Options of verbs that need records of builds, wherever these are. */
export const RECORD_OPTIONS = {
  ...LEDGER_OPTIONS,
  store: {
    type: 'text',
    value: 'URI',
    help: 'where records are: git:URL or git:PATH, a ledger; oci://HOST/REPOSITORY, tags (default: on GitHub the repository of the run, then tags in IMAGE-waybill; else the ledger of this user)',
  },
} as const satisfies Options;
