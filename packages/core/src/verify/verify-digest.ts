import { WaybillError } from '../errors/index.ts';
import type { Verification, VerifyOptions } from './types.ts';

/** Looks at everything that a digest reaches. */
export async function verifyDigest(options: VerifyOptions): Promise<Verification> {
  throw new WaybillError('NOT_BUILT', `verify ${options.digest}`, { kind: 'bug' });
}
