import type { CommitId, IoOptions } from '../content/index.ts';
import type { WaybillError } from '../errors/index.ts';
import type { Git } from './create-git.ts';
import { gitFailed, lastLines } from './git-errors.ts';

/** How one push of one ref went. */
export type PushOutcome =
  | { readonly kind: 'moved' }
  /** The ref is not where it was expected. */
  | { readonly kind: 'lost' }
  /** The host takes no such ref, or not now, or not from us. */
  | { readonly kind: 'refused'; readonly reason: string }
  /** It broke off, or somebody held the ref's lock: whether the ref moved must be asked. */
  | { readonly kind: 'unknown'; readonly error: WaybillError };

export interface Push {
  /** As the remote calls it. */
  readonly name: string;
  readonly to: CommitId;
  readonly expected: CommitId | undefined;
  readonly dryRun?: boolean;
}

/** Reasons by which a server says that somebody else was at the ref at the same time (git, builtin/receive-pack.c, refs.c). */
const RACE =
  /failed to update ref|cannot lock ref|unable to create .*\.lock|incorrect old value|reference already exists|already exists|but expected|fetch first|stale info|non-fast-forward|failed to lock/i;

/** Pushes with a lease: the server compares and sets, so of several at once one wins. */
export async function pushRef(
  git: Git,
  { name, to, expected, dryRun = false }: Push,
  options?: IoOptions,
): Promise<PushOutcome> {
  const { stdout, stderr, status } = await git(
    [
      'push',
      '--porcelain',
      '--no-verify',
      '--no-follow-tags',
      '--recurse-submodules=no',
      ...(dryRun ? ['--dry-run'] : []),
      `--force-with-lease=${name}:${expected ?? ''}`,
      '--end-of-options',
      'origin',
      `${to}:${name}`,
    ],
    { ...options, answers: [0, 1, 128] },
  );
  const line = new TextDecoder()
    .decode(stdout)
    .split('\n')
    .map((each) => each.split('\t'))
    .find(([, refs]) => refs?.endsWith(`:${name}`));
  const flag = line?.[0];
  if (status === 0 && (flag === ' ' || flag === '*' || flag === '+')) return { kind: 'moved' };
  // Somebody put it where we would have put it: that was not us.
  if (flag === '=') return { kind: 'lost' };
  const failed = gitFailed({ command: 'push', remote: git.remote, stderr, status, secrets: git.secrets });
  if (flag !== '!') return { kind: 'unknown', error: failed };
  const reason = line?.[2] ?? '';
  if (reason.startsWith('[rejected]')) return { kind: 'lost' };
  if (!reason.startsWith('[remote rejected]') || RACE.test(reason) || RACE.test(stderr))
    return { kind: 'unknown', error: failed };
  return { kind: 'refused', reason: lastLines(`${stderr}\n${reason}`, git.secrets) };
}
