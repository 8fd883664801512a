import type { CommitId, IoOptions, RefTip } from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { type Fields, fieldsOf, listOf, shaOf, textOf } from '../fields.ts';
import type { GitHub } from '../github.ts';
import { type CommitReader, READ } from './commit-reader.ts';
import { fromRemoteName, inPath, REF_FORMS, type RefForm, remoteName } from './ref-forms.ts';

/** Where a ref stands at GitHub. */
export interface RemoteTip {
  readonly commit: CommitId;
  readonly form: RefForm;
}

/** Where refs stand now. */
export interface RefTips {
  /**
   * Undefined where there is none, in either form. Where the repository has no branch below `waybill/`, which is asked
   * once, this is one request.
   * @throws WaybillError `REF_FORMS_CONFLICT`, `RECORD_INVALID` (integrity)
   */
  tip(ref: string, options?: IoOptions): Promise<RemoteTip | undefined>;
  list(prefix: string, options?: IoOptions): AsyncIterable<RefTip>;
  /** Told that a branch was made. */
  hasBranches(): void;
}

export function createRefTips(github: GitHub, commits: CommitReader): RefTips {
  let branches: boolean | undefined;

  const tipAs = async (ref: string, form: RefForm, options?: IoOptions): Promise<RemoteTip | undefined> => {
    const call = { ...READ, ...options, answers: [404] };
    const path = inPath(remoteName(ref, form));
    const { value } = await github.rest('GET /git/ref/{+path}', { path }, (json) => parseRef(json), call);
    return value === undefined ? undefined : { commit: value.commit, form };
  };

  /** Tells as well that the token may read: without that permission this is no empty list, but 404. */
  const anyBranches = async (options?: IoOptions): Promise<boolean> => {
    if (branches !== undefined) return branches;
    // Octokit drops a slash at the end: what comes starts with `heads/waybill`.
    const parameters = { path: 'heads/waybill/' };
    const isOurs = (json: unknown) => fromRemoteName(textOf(fieldsOf(json), 'ref'), 'branch') !== undefined;
    const parse = (json: unknown) => listOf(json).some(isOurs);
    const { value } = await github.rest('GET /git/matching-refs/{+path}', parameters, parse, { ...READ, ...options });
    branches = value === true;
    return branches;
  };

  return {
    hasBranches: () => {
      branches = true;
    },
    async tip(ref, options) {
      const forms: readonly RefForm[] = (await anyBranches(options)) ? REF_FORMS : ['custom'];
      const found = (await Promise.all(forms.map((form) => tipAs(ref, form, options)))).filter(
        (each) => each !== undefined,
      );
      if (found.length > 1) throw conflict(ref);
      const [tip] = found;
      if (tip !== undefined) commits.exists(tip.commit);
      return tip;
    },
    async *list(prefix, options) {
      const seen = new Set<string>();
      for (const form of REF_FORMS) {
        const path = inPath(remoteName(prefix, form));
        const parse = (json: unknown) => listOf(json).map(parseRef);
        const pages = github.pages('GET /git/matching-refs/{+path}', { path, per_page: undefined }, parse, {
          ...READ,
          ...options,
        });
        for await (const page of pages) {
          for (const { name, commit } of page) {
            const ref = fromRemoteName(name, form);
            if (ref === undefined || !ref.startsWith(prefix)) continue;
            if (form === 'branch') branches = true;
            if (seen.has(ref)) throw conflict(ref);
            seen.add(ref);
            commits.exists(commit);
            yield { ref, commit };
          }
        }
      }
    },
  };
}

function parseRef(json: unknown): { readonly name: string; readonly commit: CommitId } {
  const fields: Fields = fieldsOf(json);
  const object = fieldsOf(fields['object'], 'its object');
  const name = textOf(fields, 'ref');
  const type = textOf(object, 'type');
  if (type === 'commit') return { name, commit: shaOf(object, 'sha') };
  throw new WaybillError('RECORD_INVALID', `${name} points at a ${type}, expected a commit`, {
    kind: 'integrity',
    hint: 'Somebody moved the ref by other means than Waybill.',
  });
}

function conflict(ref: string): WaybillError {
  return new WaybillError(
    'REF_FORMS_CONFLICT',
    `${ref} stands there twice: as it is, and as a branch below refs/heads/waybill/`,
    { kind: 'integrity', hint: 'Compare both with a copy, and delete the one that is not the ledger.' },
  );
}
