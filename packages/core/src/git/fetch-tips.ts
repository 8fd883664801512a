import { type CommitId, type IoOptions, isCommitId } from '../content/index.ts';
import { errorCode, WaybillError } from '../errors/index.ts';
import type { Clone, Filter } from './clone.ts';
import { fromLocalName, LOCAL_ROOT, type RefForm, refspecs } from './ref-forms.ts';

/** Where a ref stands at the remote. */
export interface RemoteTip {
  readonly ref: string;
  readonly commit: CommitId;
  readonly form: RefForm;
}

/** Of a tree the first two levels: `record.json`, and which folders there are. */
export const TOP: Filter = 'tree:2';

/**
 * All refs of the remote that start with `prefix`, and their newest commits: one fetch, by the prefix, so that a repository
 * of a hundred thousand other refs answers as fast (`git ls-remote` lists them all).
 * @throws WaybillError `REF_FORMS_CONFLICT` (integrity) where one stands there in both forms
 */
export async function fetchTips(clone: Clone, prefix: string, options?: IoOptions): Promise<readonly RemoteTip[]> {
  const args = ['--depth=1', '--prune', '--end-of-options', 'origin', ...refspecs(prefix)];
  try {
    await clone.fetch(args, { ...options, filter: TOP });
  } catch (error) {
    if (errorCode(error) === 'GIT_NOT_THERE') return [];
    throw error;
  }
  const tips = new Map<string, RemoteTip>();
  for (const tip of await localTips(clone, options)) {
    if (!tip.ref.startsWith(prefix)) continue;
    const other = tips.get(tip.ref);
    if (other !== undefined && other.form !== tip.form) throw conflict(tip.ref);
    tips.set(tip.ref, tip);
  }
  return [...tips.values()];
}

async function localTips(clone: Clone, options?: IoOptions): Promise<RemoteTip[]> {
  const format = '--format=%(objectname) %(objecttype) %(refname)';
  const { stdout } = await clone.git(['for-each-ref', format, LOCAL_ROOT], options);
  return new TextDecoder()
    .decode(stdout)
    .split('\n')
    .flatMap((line) => parseTip(line) ?? []);
}

function parseTip(line: string): RemoteTip | undefined {
  const [commit, type, ...rest] = line.split(' ');
  const name = fromLocalName(rest.join(' '));
  if (name === undefined || !isCommitId(commit)) return undefined;
  if (type === 'commit') return { ...name, commit };
  throw new WaybillError('RECORD_INVALID', `${name.ref} points at a ${type}, expected a commit`, {
    kind: 'integrity',
    hint: 'Somebody moved the ref by other means than Waybill.',
  });
}

function conflict(ref: string): WaybillError {
  return new WaybillError(
    'REF_FORMS_CONFLICT',
    `${ref} stands there twice: as it is, and as a branch below refs/heads/waybill/`,
    {
      kind: 'integrity',
      hint: 'Compare both with a copy, and delete the one that is not the ledger.',
    },
  );
}
