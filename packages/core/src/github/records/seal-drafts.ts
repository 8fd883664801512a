import { WaybillError } from '../../errors/index.ts';
import type { LogOptions } from '../../intoto/index.ts';
import type { GitHub } from '../github.ts';
import { deleteAsset, listAssets } from './assets.ts';
import { findDrafts, findParts } from './find-parts.ts';
import { publishDraft } from './make-part.ts';
import { type PartName, tagOf } from './parts.ts';

const ROUNDS = 20;

/**
 * Publishes the drafts of records whose month is over, and so seals them where releases are immutable; what an upload left
 * half is deleted before. A draft without records is left alone.
 * @param before the first month that is not over: `2026-12`
 * @returns the tags, in the order of publishing
 * @throws WaybillError `RECORDS_REFUSED` (user), and what {@link GitHub} throws
 */
export async function sealDrafts(github: GitHub, before: string, options?: LogOptions): Promise<readonly string[]> {
  const sealed: string[] = [];
  for (const draft of await findDrafts(github, '', options)) {
    if (draft.month >= before) continue;
    let whole = 0;
    for await (const asset of listAssets(github, draft.id, options)) {
      if (asset.whole) whole += 1;
      else await deleteAsset(github, asset.id, options);
    }
    if (whole > 0) sealed.push(await publish(github, draft, options));
  }
  return sealed;
}

/** Under its own name, or the next that is free: two jobs may have made a draft of the same part. */
async function publish(
  github: GitHub,
  draft: PartName & { readonly id: number },
  options?: LogOptions,
): Promise<string> {
  let name: PartName = draft;
  for (let round = 1; round <= ROUNDS; round += 1) {
    if ((await publishDraft(github, draft.id, name, options)) === 'published') return tagOf(name);
    const taken = await findParts(github, draft, '', options);
    name = { ...draft, part: Math.max(name.part, ...taken.map(({ part }) => part)) + 1 };
  }
  throw new WaybillError('RECORDS_REFUSED', `the draft ${tagOf(draft)} finds no tag that is free`, { kind: 'remote' });
}
