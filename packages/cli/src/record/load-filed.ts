import type { FiledBuilds } from '@waybill/core/image';
import { ExitCode, usageError } from '../command/index.ts';
import { readCommit, readPlace } from '../image/index.ts';
import { fullRef, type Session } from '../session/index.ts';

/** For which ref records are wanted. */
export const REF_OPTIONS = {
  ref: {
    type: 'text',
    value: 'REF',
    help: "branch or refs/… that they are wanted for: a pull request's record is taken on its own ref alone",
  },
} as const;

export interface FiledValues {
  readonly commit: string | undefined;
  readonly identity: string | undefined;
  readonly ref: string | undefined;
  readonly releases: string | undefined;
}

export interface LoadedFiled extends FiledBuilds {
  readonly image: string;
  /** `release://OWNER/REPO`. */
  readonly shown: string;
}

/**
 * The filed records of an image that the words of a verb name, the newest first; undefined where no releases are named.
 * @throws WaybillError `USAGE`, and those of the releases
 */
export async function loadFiled(
  verb: string,
  text: string,
  { releases, identity = '', ...values }: FiledValues,
  session: Session,
): Promise<LoadedFiled | undefined> {
  const ref = values.ref === undefined ? undefined : fullRef(values.ref);
  if (releases === undefined) {
    if (ref === undefined) return undefined;
    throw usageError(`waybill ${verb}: --ref says what filed records are wanted for`, 'Give --releases besides.');
  }
  const { place, digest } = readPlace(verb, text);
  const image = `${place.host}/${place.repository}`;
  const commit = values.commit === undefined ? undefined : readCommit(verb, values.commit);
  const opened = await session.openReleases(releases);
  if (opened === undefined) throw usageError(`waybill ${verb}: there are no releases`, 'Name them by --releases.');
  const { listFiledBuilds } = await import('@waybill/core/image');
  const io = { signal: session.signal };
  const { taken, findings } = await listFiledBuilds({ image, digest, commit, ref }, opened.log, io);
  const wanted = taken.filter(({ record }) => record.identity.startsWith(identity));
  wanted.sort((a, b) => b.record.recordedAt.localeCompare(a.record.recordedAt));
  return { image, shown: opened.shown, taken: wanted, findings };
}

/** What the process ends with: bytes that are not what they should be count more than records that are of something else. */
export function filedExitCode({ taken, findings }: FiledBuilds): ExitCode {
  const errors = findings.filter(({ level }) => level === 'error');
  const isOffered = ({ code }: { readonly code: string }) => code === 'commit-mismatch' || code === 'ref-mismatch';
  if (errors.some((each) => !isOffered(each))) return ExitCode.mismatch;
  if (taken.length > 0) return ExitCode.done;
  return errors.length > 0 ? ExitCode.refused : ExitCode.notFound;
}
