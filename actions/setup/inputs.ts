import { readStore } from '@waybill/core/cache';
import type { PathContext } from '@waybill/core/paths';
import { InputReader, type Runner } from '@waybill/core/runner';

export const INPUT_NAMES = ['store'] as const;

export const OUTPUT_NAMES = ['version', 'path'] as const;

export interface Inputs {
  /** As it was written: whoever reads `WAYBILL_STORE` understands it anew. Undefined where none was given. */
  readonly store: string | undefined;
}

/**
 * The step's inputs, each read once.
 * @throws WaybillError `INPUT_INVALID` that names everything that is wrong
 */
export function readInputs(runner: Runner, context: PathContext): Inputs {
  const reader = new InputReader(runner);
  const store = reader.text('store') || undefined;
  // Looked at here, so that a typing error is this step's and not that of each later one. A host is insecure by its URI alone.
  if (store !== undefined) readStore(reader, { store: 'store', insecure: '' }, undefined, context);
  reader.finish();
  return { store };
}
