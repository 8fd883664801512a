import type { Digest, Reference } from '../oci/index.ts';
import { planCopy } from '../registry/index.ts';
import { verifyDigest } from '../verify/index.ts';
import { carryAttached, deliver, planAttached } from './deliver.ts';
import type { Place, PromoteDeps } from './deps.ts';
import { integrityRule } from './judge.ts';
import { bareOutcome, type PromotionOutcome } from './outcome.ts';
import { projectTag } from './project-tag.ts';
import { allows } from './rules/verdict.ts';
import { imageName, openSides } from './sides.ts';

export interface TagRequest {
  readonly source: Place;
  readonly digest: Digest;
  readonly to: Reference & { readonly tag: string };
  readonly referrers: 'all' | 'none';
  readonly dryRun: boolean;
}

/**
 * Brings a digest under a tag that no channel has: verified where it is, copied with what is attached to it, verified where
 * it went, tagged, read back. There is no ledger, so there is nothing that says whether the tag goes backwards.
 * @throws WaybillError `TARGET_NOT_WHOLE` (integrity), `TAG_NOT_MOVED` (remote), and those of the registry
 */
export async function promoteToTag(request: TagRequest, deps: PromoteDeps): Promise<PromotionOutcome> {
  const { digest, to, referrers, dryRun } = request;
  const { clock, signal } = deps;
  const io = signal === undefined ? {} : { signal };
  const sides = openSides(request.source, to, deps);
  const { source, target } = sides;
  const found = (await target.manifests.get({ tag: to.tag }, io))?.descriptor.digest;
  const base = bareOutcome({
    kind: 'promotion',
    result: 'unchanged',
    channel: undefined,
    tag: `${imageName(to)}:${to.tag}`,
    digest,
    previousDigest: found,
    rules: [],
  });
  const plan = { copy: undefined, record: undefined, tag: undefined, repairs: [] };
  if (found === digest) {
    if (dryRun) {
      const copy = await planAttached(sides, request, deps);
      return { ...base, result: 'planned', plan: { ...plan, copy, repairs: copy === undefined ? [] : ['attached'] } };
    }
    const carried = await carryAttached(sides, request, deps);
    return carried === undefined ? base : { ...base, repaired: ['attached'], moved: carried };
  }

  const layers = source === target || dryRun ? 'exist' : 'manifest';
  const verification = await verifyDigest({ registry: source, digest, layers, ...io });
  const rules = [integrityRule(verification.findings, verification.verified !== 'false')];
  if (!allows(rules)) return { ...base, result: 'refused', rules };
  if (dryRun) {
    const copy =
      source === target
        ? undefined
        : await planCopy({ from: source, to: target, root: digest, referrers, clock, ...io });
    return { ...base, result: 'planned', rules, plan: { ...plan, copy, tag: { from: found, to: digest } } };
  }
  const delivery = await deliver(sides, request, deps);
  if (!delivery.delivered)
    return { ...base, result: 'refused', rules: [integrityRule(delivery.verification.findings, false)] };
  const wanted = { tag: to.tag, digest };
  await projectTag(
    target,
    async () => wanted,
    () => true,
    deps,
  );
  return { ...base, result: 'promoted', rules, moved: delivery.moved };
}
