import type { FoundRecord, RecordPlace } from '@waybill/core/image';
import { readCommit, readPlace } from '../image/index.ts';
import { type OpenImages, RECORD_OPTIONS, type Session } from '../session/index.ts';

/** Which records of an image are meant. */
export const CHOICE_OPTIONS = {
  commit: { type: 'text', value: 'SHA', help: 'only those of this commit, all of it' },
  identity: { type: 'text', value: 'PREFIX', help: 'only those whose identity starts so' },
  ...RECORD_OPTIONS,
} as const;

export interface ChoiceValues {
  readonly commit: string | undefined;
  readonly identity: string | undefined;
  readonly store: string | undefined;
  readonly 'insecure-registry': readonly string[];
}

export interface LoadedRecords {
  readonly image: string;
  readonly place: ReturnType<typeof readPlace>['place'];
  readonly site: Awaited<ReturnType<OpenImages>>;
  readonly digest: ReturnType<typeof readPlace>['digest'];
  /** The newest first; each identity once, of the first place that has it. */
  readonly found: readonly FoundRecord[];
  /** All of the image, whatever was chosen of them. Read where they are not read yet. */
  readonly all: () => Promise<readonly FoundRecord[]>;
}

/** The records of an image that the words of a verb name. @throws WaybillError `USAGE`, and those of the records */
export async function loadRecords(
  verb: string,
  text: string,
  values: ChoiceValues,
  session: Session,
): Promise<LoadedRecords> {
  const { place, digest } = readPlace(verb, text);
  const image = `${place.host}/${place.repository}`;
  const commit = values.commit === undefined ? undefined : readCommit(verb, values.commit);
  const site = await session.openImages(values, place);
  const read = await readRecords(site.deps.records, image, commit, session.signal);
  const all = async () =>
    commit === undefined ? read : readRecords(site.deps.records, image, undefined, session.signal);
  const wanted = read.filter(
    ({ record }) =>
      record.identity.startsWith(values.identity ?? '') && (digest === undefined || record.digest === digest),
  );
  wanted.sort((a, b) => b.record.recordedAt.localeCompare(a.record.recordedAt));
  return { image, digest, place, site, found: wanted, all };
}

/** The records of an image, or of a commit; each identity once, of the first place that has it. */
async function readRecords(
  places: readonly RecordPlace[],
  image: string,
  commit: string | undefined,
  signal: AbortSignal,
): Promise<readonly FoundRecord[]> {
  const io = { signal };
  const found = new Map<string, FoundRecord>();
  for (const place of places) {
    const { builds } = place;
    const records = commit === undefined ? await builds.list(image, io) : await builds.byCommit(image, commit, io);
    for (const record of records) if (!found.has(record.identity)) found.set(record.identity, { record, place });
  }
  return [...found.values()];
}
