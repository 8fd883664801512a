import type { Options } from '../command/index.ts';
import { OUTPUT_OPTIONS } from './store-options.ts';

/** Options of verbs that need the ledger and registries. */
export const LEDGER_OPTIONS = {
  store: {
    type: 'text',
    value: 'URI',
    help: 'where the ledger is, git:URL or git:PATH (default: on GitHub the repository of the run, else a bare repository, ledger.git beside the default cache folder)',
  },
  'insecure-registry': {
    type: 'list',
    value: 'HOST',
    help: 'host where plain http, or any certificate, will do; loopback needs no word',
  },
  ...OUTPUT_OPTIONS,
} as const satisfies Options;

/** The local copy of what was seen. */
export const COPY_OPTIONS = {
  artifacts: {
    type: 'text',
    value: 'FILE',
    default: '.artifacts.json',
    help: 'the local copy of records, which tells whether a ledger is still what it was; keep it out of git',
  },
} as const satisfies Options;

/** Options that say how something is written. */
export const PROMOTE_OPTIONS = {
  'dry-run': { type: 'flag', short: 'n', help: 'only tell what would be done' },
  'no-statement': { type: 'flag', help: 'attach no statement of it to the image' },
} as const satisfies Options;
