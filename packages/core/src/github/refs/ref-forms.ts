import { REF_ROOT } from '../../content/index.ts';

/** Where a ref stands: as it is called, or, where GitHub takes no refs but branches and tags, as the branch `waybill/…`. */
export type RefForm = 'custom' | 'branch';

export const REF_FORMS: readonly RefForm[] = ['custom', 'branch'];

const ROOTS: Readonly<Record<RefForm, string>> = { custom: REF_ROOT, branch: 'refs/heads/waybill/' };

/** The ref's name at GitHub. */
export function remoteName(ref: string, form: RefForm): string {
  return ROOTS[form] + ref.slice(REF_ROOT.length);
}

/** The ref of a name at GitHub; undefined for one that is not of this form. */
export function fromRemoteName(name: string, form: RefForm): string | undefined {
  return name.startsWith(ROOTS[form]) ? REF_ROOT + name.slice(ROOTS[form].length) : undefined;
}

/** As the paths of the API have it: without `refs/`. */
export function inPath(name: string): string {
  return name.slice('refs/'.length);
}
