import { errorMessage, redact } from '@waybill/core/errors';
import type { Digest } from '@waybill/core/oci';
import { formatTarget, type Place, parseTarget, type Source, type Target } from '@waybill/core/promote';
import { type ConfigPlace, RECORDS_CHOICES, type RecordsChoice, readConfigInput } from '@waybill/core/repository';
import { InputReader, type Runner, readImage, readRegistryHosts, readRepository } from '@waybill/core/runner';
import { type LedgerContext, readLedger } from '@waybill/core/verify';

export const INPUT_NAMES = [
  'reference',
  'image',
  'digest',
  'commit',
  'to',
  'from',
  'require',
  'copy-referrers',
  'allow-diverged',
  'dry-run',
  'rollback',
  'deployment-record',
  'records',
  'store',
  'github-token',
  'config',
  'insecure-registries',
] as const;

export const OUTPUT_NAMES = [
  'digest',
  'previous-digest',
  'reference',
  'promoted',
  'record',
  'mounted-bytes',
  'copied-bytes',
] as const;

const IMAGE_NAMES = { reference: 'reference', image: 'image', digest: 'digest', commit: 'commit' } as const;
const LATER = 'not in this version, which cannot verify signatures';

/** What shall happen. */
export type Order =
  | {
      readonly kind: 'promote';
      readonly source: Source;
      readonly to: readonly Target[];
      /** A channel that must have brought the digest. */
      readonly via: string | undefined;
      readonly referrers: 'all' | 'none';
      readonly allowDiverged: boolean;
    }
  | {
      readonly kind: 'rollback';
      readonly image: Place;
      readonly channel: string;
      /** What the channel must have now. */
      readonly current: { readonly digest: Digest } | { readonly commit: string } | undefined;
    };

export interface Inputs {
  readonly order: Order;
  readonly dryRun: boolean;
  /** Whether a statement is attached to what a channel takes, and where it goes besides. */
  readonly records: RecordsChoice;
  /** Whether GitHub is told what a channel has. */
  readonly deploymentRecord: boolean;
  /** The ledger's repository: a path or a URL. */
  readonly ledger: string;
  readonly config: ConfigPlace;
  /** `github-token`; empty where none was given. */
  readonly token: string;
  readonly insecureHosts: readonly string[];
}

/**
 * The step's inputs, each read once.
 * @throws WaybillError `INPUT_INVALID` that names everything that is wrong
 */
export function readInputs(runner: Runner, context: LedgerContext): Inputs {
  const reader = new InputReader(runner);
  const token = reader.text('github-token');
  runner.mask(token);
  rejectLater(reader);
  const order = reader.boolean('rollback') ? readRollback(reader) : readPromotion(reader);
  const inputs: Inputs = {
    order,
    dryRun: reader.boolean('dry-run'),
    records: reader.choice('records', RECORDS_CHOICES, 'auto'),
    deploymentRecord: reader.boolean('deployment-record'),
    ledger: readLedger(reader, 'store', context, { needed: true }),
    config: readConfigInput(reader, 'config'),
    token,
    insecureHosts: readRegistryHosts(reader, 'insecure-registries'),
  };
  reader.finish();
  return inputs;
}

function readPromotion(reader: InputReader): Order {
  const image = readImage(reader, IMAGE_NAMES, { allowTag: false });
  const via = reader.text('from') || undefined;
  return {
    kind: 'promote',
    // A tag is never taken: the reader has told it.
    source: image.kind === 'tag' ? { kind: 'commit', place: image.place, commit: '' } : image,
    to: readTargets(reader),
    via,
    referrers: readReferrers(reader),
    allowDiverged: reader.boolean('allow-diverged'),
  };
}

/** The image alone, or the digest that the channel must have. */
function readRollback(reader: InputReader): Order {
  for (const name of ['from', 'allow-diverged']) {
    const value = reader.text(name);
    if (value !== '' && value.toLowerCase() !== 'false')
      reader.reject({
        name,
        value,
        why: 'a rollback goes where the ledger says',
        accepted: 'nothing beside `rollback`',
      });
  }
  const targets = readTargets(reader);
  const [target, ...others] = targets;
  if (target !== undefined && (target.kind !== 'channel' || others.length > 0))
    reader.reject({
      name: 'to',
      value: targets.map(formatTarget).join(' '),
      why: 'only a channel has a history to go back in, and one at a time',
      accepted: 'one channel with `rollback`',
      example: 'production',
    });
  const channel = target?.kind === 'channel' ? target.name : '';
  const isAlone =
    ['reference', 'digest', 'commit'].every((name) => reader.text(name) === '') && reader.text('image') !== '';
  if (isAlone) {
    const image = readRepository(reader, 'image') ?? { host: '', repository: '' };
    return { kind: 'rollback', image, channel, current: undefined };
  }
  const image = readImage(reader, IMAGE_NAMES, { allowTag: false });
  const current =
    image.kind === 'digest' ? { digest: image.digest } : image.kind === 'commit' ? { commit: image.commit } : undefined;
  return { kind: 'rollback', image: image.place, channel, current };
}

function readTargets(reader: InputReader): readonly Target[] {
  const lines = reader.lines('to');
  const accepted = 'channels, or `HOST/REPOSITORY:TAG`, one a line';
  if (lines.length === 0) reader.reject({ name: 'to', value: '', accepted, example: 'production' });
  const targets: Target[] = [];
  for (const line of lines) {
    try {
      targets.push(parseTarget(line));
    } catch (error) {
      reader.reject({ name: 'to', value: redact(line), why: errorMessage(error), accepted, example: 'production' });
    }
  }
  const texts = targets.map(formatTarget);
  const twice = texts.find((text, at) => texts.indexOf(text) !== at);
  if (twice !== undefined)
    reader.reject({ name: 'to', value: twice, why: 'it stands there twice', accepted, example: 'production' });
  return targets;
}

function readReferrers(reader: InputReader): 'all' | 'none' {
  if (reader.text('copy-referrers') !== 'verified') return reader.choice('copy-referrers', ['all', 'none'], 'all');
  reader.reject({ name: 'copy-referrers', value: 'verified', why: LATER, accepted: '`all`, `none`', example: 'all' });
  return 'all';
}

/** What a later version will know. */
function rejectLater(reader: InputReader): void {
  const require = reader.text('require');
  if (require === 'signed' || require === 'provenance')
    reader.reject({ name: 'require', value: require, why: LATER, accepted: '`integrity`', example: 'integrity' });
  else reader.choice('require', ['integrity'], 'integrity');
}
