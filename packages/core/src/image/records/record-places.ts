import type { IoOptions } from '../../content/index.ts';
import { errorMessage, WaybillError } from '../../errors/index.ts';
import { type BuildRecord, isOfAnotherPull, onlyOfPulls } from '../../ledger/index.ts';
import type { RecordPlace } from './records.ts';

/** A record, and where it stands. */
export interface FoundRecord {
  readonly record: BuildRecord;
  readonly place: RecordPlace;
}

export interface LookOptions extends IoOptions {
  /** Told of a place that cannot be read, where another can. */
  readonly onTrouble: (message: string) => void;
}

/** The record of this identity, of the first place that has one. */
export async function findRecord(
  places: readonly RecordPlace[],
  image: string,
  identity: string,
  options: LookOptions,
): Promise<FoundRecord | undefined> {
  for await (const { place, answer } of ask(places, options, (each, io) => each.builds.get(image, identity, io))) {
    if (answer !== undefined) return { record: checked(answer, image, identity, place), place };
  }
  return undefined;
}

/**
 * The builds of a commit, of all places, each identity once. Several digests are a choice for a person: `identity` (its
 * first characters will do) makes it. What a pull request built counts on that pull request alone: with `ref`, that of the run.
 * @throws WaybillError `IMAGE_UNKNOWN`, `IMAGE_AMBIGUOUS` (user), which lists them; `RECORD_REF_MISMATCH` (integrity)
 */
export async function findByCommit(
  places: readonly RecordPlace[],
  image: string,
  commit: string,
  options: LookOptions & { readonly identity?: string | undefined; readonly ref?: string | undefined },
): Promise<FoundRecord> {
  const found = new Map<string, FoundRecord>();
  for await (const { place, answer } of ask(places, options, (each, io) => each.builds.byCommit(image, commit, io))) {
    for (const record of answer) if (!found.has(record.identity)) found.set(record.identity, { record, place });
  }
  const wanted = options.identity ?? '';
  const ofIdentity = [...found.values()].filter(({ record }) => record.identity.startsWith(wanted));
  const builds = ofIdentity.filter(({ record }) => !isOfAnotherPull(record, options.ref));
  if (builds.length === 0 && ofIdentity.length > 0) {
    const records = ofIdentity.map(({ record }) => record);
    throw onlyOfPulls(records, { commit, ref: options.ref });
  }
  const [first] = builds;
  if (first === undefined) {
    throw new WaybillError('IMAGE_UNKNOWN', `no build of ${image} is recorded for the commit ${commit}`, {
      kind: 'user',
      hint: `Looked for in ${places.map(({ shown }) => shown).join(' and ')}. Build it (build-image-once), or record one that was built otherwise.`,
    });
  }
  if (new Set(builds.map(({ record }) => record.digest)).size === 1) return first;
  const list = builds.map(({ record }) => describeBuild(record)).join('; ');
  throw new WaybillError(
    'IMAGE_AMBIGUOUS',
    `${builds.length} builds of ${image} are recorded for the commit ${commit}: ${list}`,
    {
      kind: 'user',
      hint: 'Say which one: by its digest, or by the first characters of its identity.',
    },
  );
}

/** Digest, and what tells it from other builds of its commit. */
export function describeBuild({ digest, identity, target, platforms, recordedAt }: BuildRecord): string {
  const facts = [
    `identity ${identity.slice(0, 12)}`,
    ...(target === undefined ? [] : [`target ${target}`]),
    ...(platforms === undefined ? [] : [platforms.join(', ')]),
    recordedAt,
  ];
  return `${digest} (${facts.join(', ')})`;
}

/**
 * What each place answers, in their order. What is wrong in a place is thrown at once; one that does not answer is passed
 * over, unless none does.
 */
async function* ask<T>(
  places: readonly RecordPlace[],
  { onTrouble, ...io }: LookOptions,
  look: (place: RecordPlace, io: IoOptions) => Promise<T>,
): AsyncGenerator<{ readonly place: RecordPlace; readonly answer: T }> {
  const failures: unknown[] = [];
  for (const place of places) {
    let answer: T;
    try {
      answer = await look(place, io);
    } catch (error) {
      io.signal?.throwIfAborted();
      if (isIntegrity(error) || places.length === 1) throw error;
      failures.push(error);
      onTrouble(`${place.shown} could not be read: ${errorMessage(error)}`);
      continue;
    }
    yield { place, answer };
  }
  if (failures.length === places.length) throw failures[0];
}

function isIntegrity(error: unknown): boolean {
  return error instanceof WaybillError && error.kind === 'integrity';
}

function checked(record: BuildRecord, image: string, identity: string, place: RecordPlace): BuildRecord {
  if (record.image === image && record.identity === identity) return record;
  throw new WaybillError(
    'RECORD_INVALID',
    `${place.shown}: the record of build ${identity} of ${image} is of ${record.image}, build ${record.identity}`,
    {
      kind: 'integrity',
      hint: 'Somebody changed it by other means than Waybill.',
    },
  );
}
