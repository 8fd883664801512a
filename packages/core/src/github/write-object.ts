import type { IoOptions } from '../content/index.ts';
import type { Call, GitHub } from './github.ts';

/** Objects have the id of their content: making one twice makes it once. */
export const WRITE_OBJECT: Call = { needs: 'contents: write', repeatable: true };

/**
 * Returns where this token may write: writes an object that nothing names, and always the same. GitHub has no other way to tell what
 * a token may.
 */
export async function writeNothing(github: GitHub, options?: IoOptions): Promise<void> {
  const parameters = { content: 'may this be written?\n', encoding: 'utf-8' };
  await github.rest('POST /git/blobs', parameters, () => undefined, { ...WRITE_OBJECT, ...options });
}
