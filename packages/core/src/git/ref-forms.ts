import { REF_ROOT } from '../content/index.ts';

/**
 * Where a ref stands in a repository: as it is called, or, where the host takes no refs but branches and tags, as the
 * branch `waybill/…`.
 */
export type RefForm = 'custom' | 'branch';

export const REF_FORMS: readonly RefForm[] = ['custom', 'branch'];

const BRANCH_ROOT = 'refs/heads/waybill/';
/** Below it stand, in a private clone, the refs that were fetched. */
export const LOCAL_ROOT = 'refs/tips/';

/** The ref's name at the remote. */
export function remoteName(ref: string, form: RefForm): string {
  return form === 'custom' ? ref : BRANCH_ROOT + ref.slice(REF_ROOT.length);
}

/** What is fetched for all refs that start with `prefix`: never an error where there are none. */
export function refspecs(prefix: string): string[] {
  return REF_FORMS.map((form) => `+${remoteName(prefix, form)}*:${localName(prefix, form)}*`);
}

/** Below which the fetched tips stand in the private clone. */
export function localName(ref: string, form: RefForm): string {
  return `${LOCAL_ROOT}${form}/${ref.slice(REF_ROOT.length)}`;
}

/** The ref, and its form, of a name in the private clone. */
export function fromLocalName(name: string): { readonly ref: string; readonly form: RefForm } | undefined {
  const form = REF_FORMS.find((each) => name.startsWith(`${LOCAL_ROOT}${each}/`));
  return form === undefined ? undefined : { ref: REF_ROOT + name.slice(`${LOCAL_ROOT}${form}/`.length), form };
}
