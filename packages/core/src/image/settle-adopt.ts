import { type Sleep, withDeadline } from '../async/index.ts';
import { type Config, imageRuleOf } from '../config/index.ts';
import type { IoOptions } from '../content/index.ts';
import { errorCode, errorMessage, WaybillError } from '../errors/index.ts';
import { isOfPullRequest } from '../ledger/index.ts';
import type { Adopt, ImageOrder } from './image-order.ts';
import { type ImageFacts, type ImageLog, type ImagePlace, imageName } from './obtain/image-request.ts';

/** The configuration that says whose builds are taken. */
export interface ImagePolicy {
  /** Undefined where there is none. */
  readonly read: (io: IoOptions) => Promise<Config | undefined>;
  /** Where it stands, for people. */
  readonly shown: string;
  /** Somebody named it: it must be there. */
  readonly isNamed: boolean;
}

export interface SettleDeps {
  readonly policy: ImagePolicy;
  readonly facts: Pick<ImageFacts, 'ref'>;
  readonly sleep: Sleep;
  readonly log: ImageLog;
  readonly signal?: AbortSignal;
}

/** Without a word, and where the word cannot be had. */
const STRICTEST: Adopt = 'same-ref';
/** So long a run waits for a configuration that it can go on without. */
const READ_MS = 30_000;

/**
 * Whose builds are taken: what the configuration says, unless the order is stricter. It matters on pull requests alone, so
 * elsewhere it is only read where somebody named it or wants more than the strictest. A default branch that does not answer
 * leaves the strictest, and a warning.
 * @throws WaybillError `ADOPT_REFUSED` (user) where the order wants more than the configuration allows; `CONFIG_INVALID`,
 *   `CONFIG_AMBIGUOUS`, `CONFIG_MISSING` (user)
 */
export async function settleAdopt(
  { adopt, place }: Pick<ImageOrder, 'adopt' | 'place'>,
  { policy, facts, sleep, log, signal }: SettleDeps,
): Promise<Adopt> {
  const matters = adopt === 'any' || (adopt === undefined && isOfPullRequest(facts));
  if (!matters && !policy.isNamed) return STRICTEST;
  const io = signal === undefined ? {} : { signal };
  const isNeeded = policy.isNamed || adopt === 'any';
  const read = (until: IoOptions) => allowedAdopt(place, policy, until);
  let allowed: Adopt;
  try {
    allowed = isNeeded
      ? await read(io)
      : await withDeadline(READ_MS, (until) => read({ signal: until }), { what: 'reading it', sleep, ...io });
  } catch (error) {
    signal?.throwIfAborted();
    if (isNeeded || errorCode(error)?.startsWith('CONFIG_') === true) throw error;
    log.warning(`${policy.shown} could not be read, so adopt is ${STRICTEST}: ${errorMessage(error)}`);
    return STRICTEST;
  }
  if (adopt === 'any' && allowed !== 'any') throw refused(imageName(place), policy);
  return adopt ?? allowed;
}

/** What the configuration allows for the image; without a word of it the strictest. @throws what reading it throws */
export async function allowedAdopt(place: ImagePlace, policy: ImagePolicy, io: IoOptions): Promise<Adopt> {
  return imageRuleOf(await policy.read(io), imageName(place))?.adopt ?? STRICTEST;
}

function refused(image: string, { shown }: ImagePolicy): WaybillError {
  return new WaybillError('ADOPT_REFUSED', `adopt: any is more than the configuration allows for ${image}`, {
    kind: 'user',
    hint: `An input may only be stricter. Allow it under \`images: ${image}: adopt: any\` (${shown}), or leave it out.`,
  });
}
