import { WaybillError } from '../errors/index.ts';

/** An owner has letters, digits and dashes; a repository also dots and underscores, and is not made of dots alone. */
const REPOSITORY = /^([A-Za-z0-9](?:[A-Za-z0-9-]{0,38}))\/(?!\.{1,2}$)([A-Za-z0-9._-]{1,100})$/;

/** The two halves of `OWNER/REPO`. @throws WaybillError `GITHUB_REPOSITORY_INVALID` (user) */
export function parseRepository(text: string): { readonly owner: string; readonly repo: string } {
  const [, owner, repo] = REPOSITORY.exec(text) ?? [];
  if (owner !== undefined && repo !== undefined) return { owner, repo };
  throw new WaybillError('GITHUB_REPOSITORY_INVALID', `no repository of GitHub: ${JSON.stringify(text)}`, {
    kind: 'user',
    hint: 'Expected OWNER/REPO, for example octo-org/app.',
  });
}

/**
 * The repository of `release://OWNER/REPO`: where statements are filed as assets of releases.
 * @throws WaybillError `STORE_URI_INVALID` (user)
 */
export function parseReleaseUri(text: string): string {
  const rest = text.startsWith('release://') ? text.slice('release://'.length) : '';
  if (REPOSITORY.test(rest)) return rest;
  throw new WaybillError('STORE_URI_INVALID', `no place for records: ${JSON.stringify(text)}`, {
    kind: 'user',
    hint: 'Expected release://OWNER/REPO, for example release://octo-org/app.',
  });
}
