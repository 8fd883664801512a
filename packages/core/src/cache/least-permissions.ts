/** Stores, as far as what they ask for differs. */
export type StorePlace =
  | 'a folder'
  | "a package of ghcr.io that this repository's workflows made"
  | 'any other package of ghcr.io'
  | 'another registry';

/** What is to be done with entries of a store. */
export type StoreUse = 'restore' | 'save';

/** The least that a use of a store needs. */
export interface LeastPermission {
  readonly place: StorePlace;
  /** How such a store is written. */
  readonly uri: string;
  readonly use: StoreUse;
  /** What the job's `permissions` must give its token; nothing where the token is not asked for. */
  readonly permissions: Readonly<Record<string, 'read' | 'write'>>;
  /** What else must be so; a clause in Markdown, which may be empty. */
  readonly besides: string;
}

const FOLDER = { place: 'a folder', uri: 'dir:PATH', permissions: {} } as const;
const OWN = { place: "a package of ghcr.io that this repository's workflows made", uri: 'oci://ghcr.io/…' } as const;
const OTHER = { place: 'any other package of ghcr.io', uri: 'oci://ghcr.io/…' } as const;
const ELSEWHERE = { place: 'another registry', uri: 'oci://…', permissions: {} } as const;

/** By place, then by use. READMEs, docs/permissions.md and `waybill doctor` say what stands here. */
export const LEAST_PERMISSIONS: readonly LeastPermission[] = [
  { ...FOLDER, use: 'restore', besides: 'the runner may read the folder' },
  { ...FOLDER, use: 'save', besides: 'the runner may write to the folder' },
  { ...OWN, use: 'restore', permissions: { packages: 'read' }, besides: '' },
  { ...OWN, use: 'save', permissions: { packages: 'write' }, besides: '' },
  {
    ...OTHER,
    use: 'restore',
    permissions: { packages: 'read' },
    besides: 'the package is public, or gives this repository the role Read (package settings, Manage Actions access)',
  },
  {
    ...OTHER,
    use: 'save',
    permissions: { packages: 'write' },
    besides: 'the package gives this repository the role Write (package settings, Manage Actions access)',
  },
  {
    ...ELSEWHERE,
    use: 'restore',
    besides: 'a login of docker may pull (`docker login`, docker/login-action), or anybody may',
  },
  { ...ELSEWHERE, use: 'save', besides: 'a login of docker may pull and push (`docker login`, docker/login-action)' },
];

/** `packages: write`; `none` where the token needs nothing. */
export function showPermissions({ permissions }: Pick<LeastPermission, 'permissions'>): string {
  const lines = Object.entries(permissions).map(([scope, access]) => `${scope}: ${access}`);
  return lines.length === 0 ? 'none' : lines.join(', ');
}

/** What to do where a registry denied a use: one or two sentences. */
export function permissionHint(host: string, use: StoreUse): string {
  const places: readonly StorePlace[] = host === 'ghcr.io' ? [OWN.place, OTHER.place] : [ELSEWHERE.place];
  const rows = LEAST_PERMISSIONS.filter((row) => row.use === use && places.includes(row.place));
  return rows
    .map((row) => {
      const needs = [
        ...(Object.keys(row.permissions).length === 0 ? [] : [`\`permissions: { ${showPermissions(row)} }\``]),
        ...(row.besides === '' ? [] : [row.besides]),
      ];
      return `To ${use}, ${row.place} needs: ${needs.join('; ')}.`;
    })
    .join(' ');
}
