import { WaybillError } from '../../errors/index.ts';
import type { Descriptor } from '../../oci/index.ts';
import type { AttachOptions } from './types.ts';

/** Attaches an artifact to a subject: the descriptor of its manifest. */
export async function attach(options: AttachOptions): Promise<Descriptor> {
  throw new WaybillError('NOT_BUILT', `attach to ${options.subject.digest}`, { kind: 'bug' });
}
