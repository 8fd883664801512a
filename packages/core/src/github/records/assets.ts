import { createHash } from 'node:crypto';
import { backoffDelay } from '../../async/index.ts';
import { errorCode, WaybillError } from '../../errors/index.ts';
import { type LogOptions, statementConflict } from '../../intoto/index.ts';
import { countOf, type Fields, fieldsOf, listOf, textOf } from '../fields.ts';
import type { Call, GitHub } from '../github.ts';
import { GitHubError, isInDoubt } from '../github-error.ts';
import { READ } from './find-parts.ts';

/** An asset of a release. */
export interface Asset {
  readonly id: number;
  readonly name: string;
  readonly label: string;
  readonly size: number;
  /** `false`: an upload that broke off, or one that goes on just now. */
  readonly whole: boolean;
  /** `sha256:…`; GitHub tells it since June 2025. */
  readonly digest: string | undefined;
}

export interface AssetToPut {
  readonly release: number;
  readonly name: string;
  readonly label: string;
  readonly bytes: Uint8Array;
}

export type PutOutcome =
  | { readonly kind: 'appended' | 'exists'; readonly asset: Asset }
  /** The release has as many assets as GitHub allows. */
  | { readonly kind: 'full' }
  | { readonly kind: 'refused'; readonly reason: string };

const WRITE: Call = { needs: 'contents: write' };
const ATTEMPTS = 10;
const BACKOFF = { baseMs: 500, capMs: 15_000 };
/** So often an unfinished upload of somebody else is waited for before it counts as one that broke off. */
const PATIENCE = 4;

/**
 * Puts an asset that has this name and these bytes, once. An upload whose answer was lost may be there all the same, or
 * half of it, which GitHub keeps as a `starter`: the list is asked, what is half is deleted, and the upload done again
 * until it is answered or found.
 * @throws WaybillError `STATEMENT_CONFLICT` (integrity) where the name has other bytes
 */
export async function putAsset(github: GitHub, asset: AssetToPut, options?: LogOptions): Promise<PutOutcome> {
  const { clock } = github;
  let doubted = false;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const made = await upload(github, asset, options);
      if (made.whole && isSame(made, asset)) return { kind: 'appended', asset: made };
      // What arrived is not what was sent.
      await deleteAsset(github, made.id, options);
      if (attempt === ATTEMPTS) throw statementConflict(asset.name);
    } catch (error) {
      options?.signal?.throwIfAborted();
      const kind = judge(error);
      if (kind === 'full') return { kind };
      if (kind === 'refused') return { kind, reason: error instanceof GitHubError ? error.said : '' };
      doubted ||= kind === 'doubt';
      const found = await findAsset(github, asset.release, asset.name, options);
      if (found?.whole === true) {
        await checkSame(github, found, asset, options);
        return { kind: doubted ? 'appended' : 'exists', asset: found };
      }
      if (attempt === ATTEMPTS) throw error;
      if (found !== undefined && (doubted || attempt > PATIENCE)) {
        await deleteAsset(github, found.id, options);
        continue;
      }
    }
    await clock.sleep(backoffDelay(BACKOFF, attempt, clock.random), options?.signal);
  }
}

function judge(error: unknown): 'doubt' | 'exists' | 'full' | 'refused' {
  if (isInDoubt(error) || errorCode(error) === 'GITHUB_UNREADABLE') return 'doubt';
  if (!(error instanceof GitHubError) || error.code !== 'GITHUB_REFUSED') throw error;
  if (/already_exists/.test(error.said)) return 'exists';
  return /file.?count|assets per release/i.test(error.said) ? 'full' : 'refused';
}

async function upload(
  github: GitHub,
  { release, name, label, bytes }: AssetToPut,
  options?: LogOptions,
): Promise<Asset> {
  const about = { release, name, label, type: 'application/json', body: bytes };
  const { value } = await github.upload(about, parseAsset, { ...WRITE, ...options });
  if (value?.name === name) return value;
  throw new WaybillError('GITHUB_UNREADABLE', `GitHub filed ${name} as ${JSON.stringify(value?.name)}`, {
    kind: 'remote',
  });
}

type Named = Pick<AssetToPut, 'name' | 'bytes'>;

function isSame({ size, digest }: Asset, { bytes }: Named): boolean {
  return size === bytes.byteLength && (digest === undefined || digest === sha256(bytes));
}

/**
 * Returns where the asset has these bytes. Where GitHub does not tell the digest, they are read.
 * @throws WaybillError `STATEMENT_CONFLICT` (integrity)
 */
export async function checkSame(github: GitHub, found: Asset, asset: Named, options?: LogOptions): Promise<void> {
  const { name, bytes } = asset;
  if (!isSame(found, asset)) throw statementConflict(name);
  if (found.digest !== undefined) return;
  const stored = await github.download(found.id, { ...options, maxBytes: bytes.byteLength });
  if (stored === undefined || !Buffer.from(stored).equals(bytes)) throw statementConflict(name);
}

function sha256(bytes: Uint8Array): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** All assets of a release, unfinished ones too: one request for a hundred. */
export async function* listAssets(github: GitHub, release: number, options?: LogOptions): AsyncIterable<Asset> {
  const parse = (json: unknown) => listOf(json).map(parseAsset);
  for await (const page of github.pages('GET /releases/{release}/assets', { release }, parse, {
    ...READ,
    ...options,
  })) {
    yield* page;
  }
}

/** The asset of this name. */
export async function findAsset(
  github: GitHub,
  release: number,
  name: string,
  options?: LogOptions,
): Promise<Asset | undefined> {
  for await (const asset of listAssets(github, release, options)) if (asset.name === name) return asset;
  return undefined;
}

/** The same for an asset that GitHub says is there: the list may be older than that. */
export async function waitForAsset(
  github: GitHub,
  release: number,
  name: string,
  options?: LogOptions,
): Promise<Asset | undefined> {
  const { clock } = github;
  for (let look = 1; look <= PATIENCE; look += 1) {
    const found = await findAsset(github, release, name, options);
    if (found?.whole === true) return found;
    await clock.sleep(backoffDelay(BACKOFF, look, clock.random), options?.signal);
  }
  return undefined;
}

export async function deleteAsset(github: GitHub, id: number, options?: LogOptions): Promise<void> {
  const call = { ...WRITE, ...options, answers: [404] };
  await github.rest('DELETE /releases/assets/{id}', { id }, () => undefined, call);
}

function parseAsset(json: unknown): Asset {
  const fields: Fields = fieldsOf(json, 'an asset');
  const { label, digest } = fields;
  return {
    id: countOf(fields, 'id'),
    name: textOf(fields, 'name'),
    label: typeof label === 'string' ? label : '',
    size: countOf(fields, 'size'),
    whole: textOf(fields, 'state') === 'uploaded',
    digest: typeof digest === 'string' ? digest : undefined,
  };
}
