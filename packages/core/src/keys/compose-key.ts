import { hashFields, netstrings } from '../content/index.ts';
import type { DerivedKey, KeyField } from './derived-key.ts';
import { escapeField, fitField } from './escape-field.ts';

/** Changes whenever the same fields would give another key. */
const FORMAT = 'waybill-key-1';

/** Stands for a field that has nothing to say. */
const NOTHING = '-';

/** Longest readable fields; with five colons and the hash they stay below 512 characters. */
const LONGEST = { kind: 32, repository: 150, platform: 32, tools: 100, lockfiles: 120 } as const;

/** What a key depends on, read from the machine. */
export interface KeyFacts {
  /** `deps`. */
  readonly kind: string;
  /** `OWNER/REPO`; `local` outside of one. */
  readonly repository: string;
  /** `<os>-<arch>`, or what stands for all of them. */
  readonly platform: string;
  /** In any order, each named once; only `tool`, `lock`, `file` and `env`. */
  readonly fields: readonly KeyField[];
  /** Whether what other versions of the tools left is of use. */
  readonly acrossTools: boolean;
}

/**
 * `<kind>:<owner/repo>:<os-arch>:<tools>:<lockfiles>:<hash>` and the prefixes that are left when it is cut from the
 * right: without the hash, without the lockfiles, and, with `acrossTools`, without the tools. Tools are `node-20`, joined
 * by `+`; lockfiles are the name of the only one, or `<count>-lockfiles-<12 hex of the names>`. The hash is over all
 * fields, each length-prefixed, so the readable part may be shortened without two keys becoming one.
 */
export function composeKey({ kind, repository, platform, fields, acrossTools }: KeyFacts): DerivedKey {
  const head: KeyField[] = [
    { kind: 'kind', name: '', value: kind, source: '' },
    { kind: 'repository', name: '', value: repository, source: '' },
    { kind: 'platform', name: '', value: platform, source: '' },
  ];
  const all = [...head, ...[...fields].sort(compareFields)];
  const cut = [
    fitField(escapeField(kind), LONGEST.kind),
    fitField(escapeField(repository), LONGEST.repository),
    fitField(escapeField(platform), LONGEST.platform),
    fitField(toolsOf(all), LONGEST.tools),
    fitField(lockfilesOf(all), LONGEST.lockfiles),
  ];
  const prefixes = [cut, cut.slice(0, -1), ...(acrossTools ? [cut.slice(0, -2)] : [])];
  return {
    key: [...cut, hashFields([FORMAT, ...all.map((each) => netstrings([each.kind, each.name, each.value]))])].join(':'),
    restoreKeys: prefixes.map((parts) => `${parts.join(':')}:`),
    fields: all,
  };
}

function toolsOf(fields: readonly KeyField[]): string {
  const tools = fields.filter(({ kind }) => kind === 'tool').map(({ name, value }) => escapeField(`${name}-${value}`));
  return tools.length === 0 ? NOTHING : tools.join('+');
}

function lockfilesOf(fields: readonly KeyField[]): string {
  const names = fields.filter(({ kind }) => kind === 'lock').map(({ name }) => name);
  const [only] = names;
  if (only === undefined) return NOTHING;
  return names.length === 1 ? escapeField(only) : `${names.length}-lockfiles-${hashFields(names).slice(0, 12)}`;
}

const ORDER: readonly KeyField['kind'][] = ['kind', 'repository', 'platform', 'tool', 'lock', 'file', 'env'];

/** By kind, then by name: the order of finding them, or of writing them down, is nobody's business. */
function compareFields(a: KeyField, b: KeyField): number {
  const byKind = ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind);
  if (byKind !== 0) return byKind;
  return a.name === b.name ? 0 : a.name < b.name ? -1 : 1;
}
