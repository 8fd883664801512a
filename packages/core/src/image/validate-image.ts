import type { Sleep } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import { WaybillError } from '../errors/index.ts';
import type { Digest } from '../oci/index.ts';
import type { Registry } from '../registry/index.ts';
import { type Verification, verifyDigest } from '../verify/index.ts';
import type { FoundRecord } from './records/record-places.ts';

/** What was just pushed is not always there at once (thumbor#1846, docker/actions-toolkit#1207). */
const WAITS_MS: readonly number[] = [1000, 2000, 4000];

export interface ValidateOptions extends IoOptions {
  readonly registry: Registry;
  readonly digest: Digest;
  readonly clock: { readonly sleep: Sleep };
}

/**
 * Looks at everything that the digest reaches, as the registry has it now (S1-13).
 * @throws WaybillError `IMAGE_NOT_WHOLE` (integrity) that tells all that is wrong
 */
export async function validateImage(options: ValidateOptions): Promise<Verification> {
  const verification = await look(options);
  if (verification.verified !== 'false') return verification;
  const { registry, digest } = options;
  throw new WaybillError(
    'IMAGE_NOT_WHOLE',
    `${registry.host}/${registry.repository}@${digest} is not whole: ${problemsOf(verification)}`,
    {
      kind: 'integrity',
      hint: 'Nothing was recorded. Run the job again; if it stays so, a clean-up may run at the same time.',
    },
  );
}

/**
 * The same of a digest that was recorded. What is gone is `lost`: it is told, and never built a second time by itself.
 * @throws WaybillError `IMAGE_LOST` (integrity)
 */
export async function validateRecorded(
  { record, place }: FoundRecord,
  options: Omit<ValidateOptions, 'digest'>,
): Promise<Verification> {
  const verification = await look({ ...options, digest: record.digest });
  if (verification.verified !== 'false') return verification;
  const { image, digest, identity, commit, recordedAt } = record;
  const of = commit === undefined ? '' : ` for the commit ${commit}`;
  throw new WaybillError(
    'IMAGE_LOST',
    `${image}@${digest} was recorded${of} (${recordedAt}) and is lost: ${problemsOf(verification)}`,
    {
      kind: 'integrity',
      hint:
        'It is not built again by itself: what runs somewhere could not be told from it. Restore it (ghcr.io keeps deleted versions ' +
        `for 30 days: package settings, Deleted packages; elsewhere from a copy), or give it up: ${place.howToForget(image, identity)}, and run this again.`,
    },
  );
}

async function look({ registry, digest, clock, signal }: ValidateOptions): Promise<Verification> {
  const io = signal === undefined ? {} : { signal };
  for (let tries = 0; ; tries += 1) {
    const verification = await verifyDigest({ registry, digest, layers: 'exist', ...io });
    const wait = WAITS_MS[tries];
    if (verification.verified !== 'false' || wait === undefined) return verification;
    await clock.sleep(wait, signal);
  }
}

function problemsOf({ findings }: Verification): string {
  const errors = findings.filter(({ level }) => level === 'error').map(({ message }) => message);
  return errors.slice(0, 5).join('; ') + (errors.length > 5 ? `; and ${errors.length - 5} more` : '');
}
