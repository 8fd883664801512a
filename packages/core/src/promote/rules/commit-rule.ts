import type { RuleVerdict } from './verdict.ts';

/** Who says which commit an image was built from. */
export interface CommitClaims {
  /** What the image was asked for by. `found`: the ledger has the image under it, perhaps because a build was reused. */
  readonly given: { readonly commit: string; readonly found: boolean } | undefined;
  /** The records of builds of this digest; more than one only where the same bytes came of several. */
  readonly recorded: readonly string[];
  /** `org.opencontainers.image.revision` of the image itself. */
  readonly labelled: string | undefined;
}

/**
 * The commit of the image: the one that it was asked for by, where a record or the image says so too; else the one that its
 * records name; else the image's own. Undefined where nobody says one, where several are recorded and nothing says which of
 * them, or where it is the caller's word alone.
 */
export function commitOf({ given, recorded, labelled }: CommitClaims): string | undefined {
  if (given !== undefined && (given.found || recorded.includes(given.commit) || labelled === given.commit))
    return given.commit;
  const [first, ...others] = recorded;
  return first === undefined || others.length > 0 ? labelled : first;
}

/** Those who say which commit it is of do not contradict each other. */
export function commitRule(claims: CommitClaims): RuleVerdict {
  const { given, recorded, labelled } = claims;
  const said = new Set([...recorded, ...(labelled === undefined ? [] : [labelled])]);
  const isContradicted = labelled !== undefined && recorded.length > 0 && !recorded.includes(labelled);
  const isDenied = given?.found === false && said.size > 0 && !said.has(given.commit);
  if (isContradicted || isDenied) return mismatch(claims);
  const commit = commitOf(claims);
  if (commit === undefined) {
    const message =
      given === undefined
        ? 'nothing names one commit that it was built from'
        : `only you name the commit ${given.commit}: neither a record nor the image does`;
    return { rule: 'commit', verdict: 'none', message };
  }
  const who = [
    ...(recorded.includes(commit) || given?.found === true ? ['the record'] : []),
    ...(labelled === commit ? ['the image'] : []),
  ];
  const names = `${who.join(' and ')} ${who.length > 1 ? 'name' : 'names'}`;
  return { rule: 'commit', verdict: 'passed', message: `${names} the commit ${commit}` };
}

function mismatch({ given, recorded, labelled }: CommitClaims): RuleVerdict {
  const claims = [
    given === undefined ? undefined : `you name ${given.commit}`,
    recorded.length === 0 ? undefined : `the record ${recorded.join(', ')}`,
    labelled === undefined ? undefined : `the image ${labelled}`,
  ].filter((each) => each !== undefined);
  return {
    rule: 'commit',
    verdict: 'failed',
    code: 'commit-mismatch',
    message: `the commits do not agree: ${claims.join(', ')}`,
    hint: 'One of them is wrong: look at who built the image, and from what.',
  };
}
