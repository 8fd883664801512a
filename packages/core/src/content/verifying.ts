import { verifyStream } from './integrity.ts';
import type { Fetcher } from './ports.ts';

/**
 * The fetcher, whose streams verify themselves as they flow (see {@link verifyStream}). A range has no digest of its own:
 * it comes as it is, and its reader verifies it.
 */
export function verifying<S extends Fetcher>(fetcher: S): S {
  return {
    ...fetcher,
    fetch: async (descriptor, options) => {
      const stream = await fetcher.fetch(descriptor, options);
      return options?.range === undefined ? verifyStream(descriptor, stream) : stream;
    },
  };
}
