import { rejectUnbuilt } from '@waybill/core/cache';
import { type ImageInput, InputReader, type Runner, readImage, readRegistryHosts } from '@waybill/core/runner';
import { LAYER_CHECKS, type LayerCheck, type LedgerContext, parsePlatform, readLedger } from '@waybill/core/verify';

export const INPUT_NAMES = [
  'reference',
  'image',
  'digest',
  'commit',
  'allow-tag',
  'layers',
  'platforms',
  'require',
  'vsa',
  'store',
  'github-token',
  'config',
  'insecure-registries',
] as const;

export const OUTPUT_NAMES = ['digest', 'verified', 'media-type', 'platforms', 'findings'] as const;

export interface Inputs {
  readonly image: ImageInput;
  readonly layers: LayerCheck;
  /** `os/arch[/variant]`, which must be there. */
  readonly platforms: readonly string[];
  /** The ledger's repository: a path or an address. Empty where none is needed. */
  readonly ledger: string;
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
  rejectUnbuilt(reader, ['config']);
  rejectLater(reader);
  const names = { reference: 'reference', image: 'image', digest: 'digest', commit: 'commit' } as const;
  const inputs: Inputs = {
    image: readImage(reader, names, { allowTag: reader.boolean('allow-tag') }),
    layers: reader.choice('layers', LAYER_CHECKS, 'exist'),
    platforms: readPlatforms(reader),
    ledger: readLedger(reader, 'store', context, { needed: reader.text('commit') !== '' }),
    token,
    insecureHosts: readRegistryHosts(reader, 'insecure-registries'),
  };
  reader.finish();
  return inputs;
}

/** In lines or apart by commas. */
function readPlatforms(reader: InputReader): readonly string[] {
  const entries = reader
    .text('platforms')
    .split(/[\n,]/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  for (const value of entries) {
    if (parsePlatform(value) === undefined) {
      const accepted = '`os/arch` or `os/arch/variant`, in lines or apart by commas';
      reader.reject({ name: 'platforms', value, accepted, example: 'linux/amd64,linux/arm64' });
    }
  }
  return entries;
}

/** What a later version will know. */
function rejectLater(reader: InputReader): void {
  const require = reader.text('require');
  if (require === 'signed' || require === 'provenance') {
    const why = 'not in this version, which cannot verify signatures';
    reader.reject({ name: 'require', value: require, why, accepted: '`integrity`', example: 'integrity' });
  } else reader.choice('require', ['integrity'], 'integrity');
  if (reader.boolean('vsa')) {
    const why = 'not in this version, which cannot sign';
    reader.reject({ name: 'vsa', value: reader.text('vsa'), why, accepted: '`false`', example: 'false' });
  }
}
