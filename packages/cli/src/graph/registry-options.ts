import type { Options } from '../command/index.ts';
import { OUTPUT_OPTIONS } from '../session/index.ts';

/** Options of verbs that speak to registries. */
export const REGISTRY_OPTIONS = {
  'insecure-registry': {
    type: 'list',
    value: 'HOST',
    help: 'host where plain http, or any certificate, will do; loopback needs no word',
  },
  ...OUTPUT_OPTIONS,
} as const satisfies Options;
