import type { Options } from '../command/index.ts';

/** Options of all verbs: how they speak. */
export const OUTPUT_OPTIONS = {
  json: { type: 'flag', help: 'one JSON document on standard output, everything else on standard error' },
  quiet: { type: 'flag', short: 'q', help: 'only results, warnings and errors' },
} as const satisfies Options;

/** Options of verbs that need a store. */
export const STORE_OPTIONS = {
  store: {
    type: 'list',
    value: 'URI',
    help: "where entries are kept, dir:PATH or oci://HOST/REPOSITORY; several times, the nearest first; 'A || B' is B where A does not answer (default: WAYBILL_STORE, else dir:$XDG_CACHE_HOME/waybill, else dir:~/.cache/waybill)",
  },
  ...OUTPUT_OPTIONS,
} as const satisfies Options;
