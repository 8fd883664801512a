import { REF_ROOT, type RefStore } from '../../content/index.ts';
import { buildRef, createLedger, refComponent } from '../../ledger/index.ts';
import { refClaims } from '../claims/ref-claims.ts';
import type { RecordPlace } from './records.ts';

/** Records and claims in the ledger. */
export function refPlace(
  refs: RefStore,
  { shown, now }: { readonly shown: string; readonly now: () => number },
): RecordPlace {
  const ledger = createLedger(refs);
  return {
    guarantee: 'atomic',
    shown,
    builds: ledger.builds,
    claims: (image, identity) => refClaims({ refs, ref: claimRef(image, identity), image, identity, now }),
    assertWritable: (options) => ledger.assertWritable(options),
    howToForget: (image, identity) => `\`git push ${shown} --delete ${buildRef(image, identity)}\``,
  };
}

/** Where a claim stands. */
export function claimRef(image: string, identity: string): string {
  return `${REF_ROOT}claim/${refComponent(image)}/${refComponent(identity)}`;
}
