import { WaybillError } from '../../errors/index.ts';
import {
  checkFiled,
  type FiledStatement,
  type Filing,
  fileStatement,
  type LogOptions,
  matches,
  monthOf,
  parseStatementName,
  type StatementAddress,
  type StatementFilter,
  type StatementLog,
  statementName,
  statementUnknown,
} from '../../intoto/index.ts';
import type { GitHub } from '../github.ts';
import { writeNothing } from '../write-object.ts';
import { type Asset, checkSame, findAsset, listAssets, putAsset, waitForAsset } from './assets.ts';
import { type FoundPart, findDrafts, findParts, findTags, listTags } from './find-parts.ts';
import { draftPart, isSealed, publishPart, releaseOf, sealsReleases } from './make-part.ts';
import { type PartName, tagOf } from './parts.ts';

export interface ReleaseLogOptions {
  /** Past so many assets a month goes on in another release; GitHub takes 1000. Default 900: racing jobs may pass it. */
  readonly partSize?: number;
}

/** More than any statement has: an image of a thousand dependencies makes one of half a megabyte. */
const MAX_STATEMENT_BYTES = 16 * 1024 * 1024;
const ROUNDS = 6;

/**
 * A statement log in the releases of a repository: an asset a statement, a release a month and predicate, on a commit of
 * its own, marked as a prerelease and never the latest. To append costs two requests where the month's release is there.
 *
 * Where GitHub seals releases once they are published (immutable releases), statements are put into drafts, which those
 * who may write see, until `sealDrafts` publishes them.
 *
 * @throws by every method what {@link GitHub} throws; `append` also `RECORDS_REFUSED` (user), where GitHub takes no such
 *   release or tag
 */
export function openReleaseLog(github: GitHub, { partSize = 900 }: ReleaseLogOptions = {}): StatementLog {
  /** Whether releases are sealed here, once that is known. */
  let seals: boolean | undefined;

  /** A release that has room, made where there is none; undefined where it turned out that one has to look elsewhere. */
  const roomIn = async (
    found: readonly FoundPart[],
    wanted: Omit<PartName, 'part'>,
    full: ReadonlySet<number>,
    options?: LogOptions,
  ): Promise<{ readonly id: number; readonly tag: string } | undefined> => {
    const open = found.filter((part) => part.count < partSize && !full.has(part.id) && part.draft === (seals === true));
    const standing = seals === true ? open[0] : open.at(-1);
    if (standing !== undefined) return { id: standing.id, tag: tagOf(standing) };
    if (seals === undefined) {
      seals = await sealsReleases(github, options);
      if (seals) return undefined;
    }
    const next = { ...wanted, part: Math.max(0, ...found.map(({ part }) => part)) + 1 };
    const made = seals ? await draftPart(github, next, options) : await publishPart(github, next, options);
    if (!made.immutable) return { id: made.id, tag: tagOf(next) };
    // It is published and sealed, and stays as it is: only administrators may ask beforehand whether releases are.
    seals = true;
    return undefined;
  };

  /** The parts of a month that statements may be put into, drafts among them where releases are sealed. */
  const partsOf = async (wanted: Omit<PartName, 'part'>, name: string, options?: LogOptions) => {
    const isMonth = (part: PartName) => part.predicate === wanted.predicate && part.month === wanted.month;
    const drafts = seals === true ? (await findDrafts(github, name, options)).filter(isMonth) : [];
    return [...(await findParts(github, wanted, name, options)), ...drafts];
  };

  const append = async (filing: Filing, bytes: Uint8Array, options?: LogOptions) => {
    const { name, predicate, month, label } = filing;
    const wanted = { predicate, month };
    const full = new Set<number>();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const found = await partsOf(wanted, name, options);
      const holder = found.find(({ hasIt }) => hasIt);
      const filedAsset = holder && (await waitForAsset(github, holder.id, name, options));
      if (holder !== undefined && filedAsset !== undefined) {
        await checkSame(github, filedAsset, { name, bytes }, options);
        return { outcome: 'exists', asset: filedAsset, tag: tagOf(holder) } as const;
      }
      const part = await roomIn(found, wanted, full, options);
      if (part === undefined) continue;
      const put = await putAsset(github, { release: part.id, name, label, bytes }, options);
      if ('asset' in put) return { outcome: put.kind, asset: put.asset, tag: part.tag };
      full.add(part.id);
      if (put.kind === 'full') continue;
      if (!(await isSealed(github, part.id, options))) throw notTaken(part.tag, put.reason);
      seals = true;
    }
    throw notTaken(`waybill/${predicate}/${month}`, 'no release has room');
  };

  return {
    async append(bytes, facts, options) {
      options?.signal?.throwIfAborted();
      const filing = fileStatement(bytes, facts);
      const { outcome, asset, tag } = await append(filing, bytes, options);
      const statement = filed(tag, asset);
      if (statement === undefined) throw statementUnknown(filing.name);
      return { outcome, statement };
    },
    async find(about, at, options) {
      options?.signal?.throwIfAborted();
      const name = statementName(about);
      const wanted = { predicate: about.predicate, month: monthOf(at) };
      const published = (await findParts(github, wanted, name, options)).find(({ hasIt }) => hasIt);
      const draft = async () =>
        (await findDrafts(github, name, options)).find(
          (part) => part.hasIt && part.predicate === wanted.predicate && part.month === wanted.month,
        );
      const holder = published ?? (await draft());
      return holder === undefined ? undefined : { group: tagOf(holder), name };
    },
    async assertWritable({ predicate, at }, options) {
      options?.signal?.throwIfAborted();
      const wanted = { predicate, month: monthOf(at) };
      for (let round = 1; round <= ROUNDS; round += 1) {
        const found = await partsOf(wanted, '', options);
        const part = await roomIn(found, wanted, new Set(), options);
        if (part === undefined) continue;
        // That a release stands already says nothing of this token.
        if (found.some(({ id }) => id === part.id)) await writeNothing(github, options);
        return;
      }
      throw notTaken(`waybill/${predicate}/${wanted.month}`, 'no release has room');
    },
    async *list(filter, options) {
      options?.signal?.throwIfAborted();
      const seen = new Set<string>();
      for (const part of await allParts(github, filter, options)) {
        for await (const asset of listAssets(github, part.id, options)) {
          const statement = asset.whole ? filed(tagOf(part), asset) : undefined;
          if (statement === undefined || seen.has(asset.name) || !matches(filter, statement)) continue;
          seen.add(asset.name);
          yield statement;
        }
      }
    },
    async read(place, options) {
      const { name } = place;
      const limits = { ...options, maxBytes: MAX_STATEMENT_BYTES };
      const bytes = place.id === undefined ? undefined : await github.download(place.id, limits);
      if (bytes !== undefined) return checkFiled(name, bytes);
      const asset = await findAgain(github, place, options);
      const again = asset === undefined ? undefined : await github.download(asset.id, limits);
      if (again === undefined) throw statementUnknown(name);
      return checkFiled(name, again);
    },
  };
}

/** The releases that may hold what fits: published ones by their tags, and drafts, which those who may not write do not see. */
async function allParts(
  github: GitHub,
  { predicate }: StatementFilter,
  options?: LogOptions,
): Promise<readonly FoundPart[]> {
  const published = await findTags(github, await listTags(github, options), '', options);
  const drafts = await findDrafts(github, '', options);
  return [...published, ...drafts].filter((part) => predicate === undefined || part.predicate === predicate);
}

/** The asset by its name, where its number is another by now. */
async function findAgain(
  github: GitHub,
  { group, name }: StatementAddress,
  options?: LogOptions,
): Promise<Asset | undefined> {
  const drafts = async () =>
    (await findDrafts(github, name, options)).find((part) => part.hasIt && tagOf(part) === group);
  const release = (await releaseOf(github, group, options)) ?? (await drafts());
  const asset = release === undefined ? undefined : await findAsset(github, release.id, name, options);
  return asset?.whole === true ? asset : undefined;
}

function filed(tag: string, { id, name, label, size }: Asset): FiledStatement | undefined {
  const about = parseStatementName(name);
  return about === undefined ? undefined : { ...about, place: { group: tag, name, id }, size, label };
}

function notTaken(tag: string, reason: string): WaybillError {
  return new WaybillError(
    'RECORDS_REFUSED',
    `GitHub does not take a record in ${tag}: ${reason.replace(/\s+/g, ' ').slice(0, 300)}`,
    {
      kind: 'user',
      hint: 'Records need releases whose tags start with `waybill/`, and assets in them: allow them.',
    },
  );
}
