import { WaybillError } from '../../errors/index.ts';
import type { BuildSecret } from './build-options.ts';

/** Shorter values are found everywhere, and are nobody's secret. */
const LEAST_SECRET = 4;

/**
 * Build arguments by name; one without `=` has the value of that variable, undefined where it is not set. The last of a
 * name counts, as for docker.
 */
export function readBuildArgs(
  lines: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ReadonlyMap<string, string | undefined> {
  return new Map(
    lines.map((line) => {
      const at = line.indexOf('=');
      return at === -1 ? [line, env[line]] : [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}

/** Named contexts, `NAME=WHAT`; a line without a `=` is none. */
export function readBuildContexts(lines: readonly string[]): ReadonlyMap<string, string> {
  return new Map(
    lines.flatMap((line) => {
      const at = line.indexOf('=');
      return at < 1 ? [] : [[line.slice(0, at), line.slice(at + 1)]];
    }),
  );
}

/** The values that nothing may show: of `secrets`, of `secret-envs`, and the tokens that the step was given. */
export function secretValues(
  secrets: readonly BuildSecret[],
  tokens: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const values = secrets.flatMap((secret) => {
    if (secret.kind === 'value') return [secret.value];
    return secret.kind === 'env' ? [env[secret.name] ?? ''] : [];
  });
  return [...values, ...tokens].map((value) => value.trim()).filter((value) => value.length >= LEAST_SECRET);
}

/**
 * Build arguments stand in the image's history and in its provenance for everyone to read.
 * @throws WaybillError `SECRET_IN_BUILD_ARG` (user) that names the arguments whose value holds a secret
 */
export function refuseSecretArgs(args: ReadonlyMap<string, string | undefined>, secrets: readonly string[]): void {
  const names = [...args]
    .filter(([, value]) => secrets.some((secret) => value?.includes(secret) === true))
    .map(([name]) => name);
  if (names.length === 0) return;
  throw new WaybillError(
    'SECRET_IN_BUILD_ARG',
    `build-args: ${names.join(', ')} ${names.length === 1 ? 'holds' : 'hold'} a secret of this step, and everyone who has the image can read ${names.length === 1 ? 'it' : 'them'}`,
    { kind: 'user', hint: 'Hand it in by `secrets`, and read it with `RUN --mount=type=secret` in the Dockerfile.' },
  );
}
