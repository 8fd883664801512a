import { hashFields } from '../content/index.ts';
import { errorMessage } from '../errors/index.ts';
import { askVersion, type Wanted, wantedBy } from './ask-tool.ts';
import { composeKey } from './compose-key.ts';
import type { DerivedKey, KeyField } from './derived-key.ts';
import { hashFile } from './hash-file.ts';
import { type KeyProblem, keyError } from './key-problems.ts';
import type { KeyDeps, KeyRequest } from './key-request.ts';
import { type Located, locateLockfiles, matchNamed, onceEach } from './locate-lockfiles.ts';
import type { MatchedFile } from './match-files.ts';
import { PRESETS } from './presets.ts';

/** First field of a key without a preset: dependencies, as those of all presets are. */
const KIND = 'deps';

/** Stands for the repository outside of one. */
const NO_REPOSITORY = 'local';

/**
 * The key that follows from the state of the workspace: from the names and contents of its lockfiles, the versions of the
 * tools they call for, and what `from` adds. The same state gives the same key on any machine of a platform: paths are
 * relative, lists are sorted, contents count byte by byte (a checkout that turns line endings makes another state), times
 * do not count. Variables count only where they are named; one that is unset is not the same as one that is empty.
 * Tools are asked side by side, in the folder of the lockfiles, each for at most 10 s.
 *
 * Restore-keys go down to the tools; with a preset, whose caches do not depend on them, without the tools too.
 *
 * @throws WaybillError `KEY_NOT_DERIVED` with everything that is wrong: `remote` where only tools did not answer in
 *   time, else `user`. The signal's reason after an abort
 */
export async function deriveKey(request: KeyRequest, deps: KeyDeps): Promise<DerivedKey> {
  const { preset, from } = request;
  const located = locateLockfiles(request);
  const problems: KeyProblem[] = [...located.problems];
  const files = onceEach(
    from.flatMap((each) => (each.kind === 'file' ? matchNamed('file', each.pattern, request, problems) : [])),
  );
  const asking = {
    runTool: deps.runTool,
    cwd: located.cwd,
    ...(deps.signal === undefined ? {} : { signal: deps.signal }),
  };
  const answers = await Promise.all([
    ...wantedTools(request, located).map((wanted) => askVersion(wanted, asking)),
    ...located.lockfiles.map((file) => contentField('lock', file)),
    ...files.map((file) => contentField('file', file)),
  ]);
  const fields: KeyField[] = envFields(request, deps.env);
  for (const answer of answers) {
    if ('what' in answer) problems.push(answer);
    else fields.push(answer);
  }
  if (problems.length > 0) throw keyError(problems);
  return composeKey({
    kind: preset === undefined ? KIND : PRESETS[preset].kind,
    repository: request.repository ?? NO_REPOSITORY,
    platform: request.platform,
    fields,
    acrossTools: preset !== undefined,
  });
}

/** Those of the preset, else with `auto` those that the lockfiles call for, and those that are named; each once. */
function wantedTools({ auto, preset, from }: KeyRequest, { lockfiles }: Located): readonly Wanted[] {
  const wanted: Wanted[] = [];
  if (preset !== undefined) wanted.push(...wantedBy(preset, undefined));
  else if (auto) {
    for (const lockfile of lockfiles) {
      if (lockfile.preset !== undefined) wanted.push(...wantedBy(lockfile.preset, lockfile.name));
    }
  }
  for (const each of from) {
    if (each.kind === 'tool') wanted.push({ tool: each.tool, because: `key-from: tool:${each.tool}` });
  }
  return wanted.filter(({ tool }, index) => wanted.findIndex((other) => other.tool === tool) === index);
}

async function contentField(
  kind: 'lock' | 'file',
  { name, at, source }: MatchedFile & { readonly source: string },
): Promise<KeyField | KeyProblem> {
  try {
    return { kind, name, value: await hashFile(at), source };
  } catch (error) {
    return { subject: name, what: errorMessage(error), hint: 'Make the file readable for this step.', kind: 'user' };
  }
}

function envFields({ from }: KeyRequest, env: KeyDeps['env']): KeyField[] {
  const names = new Set(from.flatMap((each) => (each.kind === 'env' ? [each.name] : [])));
  return [...names].map((name) => {
    const value = env[name];
    const shown = value === undefined ? 'unset' : `sha256:${hashFields(['env', name, value])}`;
    return { kind: 'env', name, value: shown, source: `key-from: env:${name}` };
  });
}
