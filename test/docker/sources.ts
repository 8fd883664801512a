import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { requireProgram } from '../tools/require-program.ts';

/** The stage `build` runs on the machine's own platform; `app` and `other` are of the target's. */
export const DOCKERFILE = `FROM --platform=$BUILDPLATFORM scratch AS build
COPY busybox /bin/busybox
COPY message /message
ARG TARGETARCH
ARG GREETING=hello
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir /out && echo $GREETING $TARGETARCH > /out/greeting && /bin/busybox cat /message >> /out/greeting"]

FROM scratch AS other
COPY message /other

FROM scratch AS packed
COPY dist /dist

FROM build AS failing
RUN ["/bin/busybox", "sh", "-c", "echo first words; echo last words >&2; exit 7"]

FROM --platform=$BUILDPLATFORM build AS secretive
RUN --mount=type=secret,id=TOKEN ["/bin/busybox", "sh", "-c", "/bin/busybox wc -c < /run/secrets/TOKEN > /out/length"]

FROM scratch AS secret
COPY --from=secretive /out/length /

FROM scratch AS app
COPY --from=build /out /
`;

/** A git repository in this folder, with a Dockerfile of several stages, and one commit. */
export function plantSources(folder: string, files: Readonly<Record<string, string>> = {}): string {
  writeFiles(folder, { Dockerfile: DOCKERFILE, message: 'from the tests\n', '.gitignore': 'dist/\n', ...files });
  copyFileSync(requireProgram('busybox'), join(folder, 'busybox'));
  git(folder, 'init', '--quiet', '--initial-branch=main');
  return commitAll(folder);
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

/** Commits all that is there; gives the commit. */
export function commitAll(folder: string): string {
  git(folder, 'add', '--all');
  git(folder, 'commit', '--quiet', '--message', 'a change');
  return git(folder, 'rev-parse', 'HEAD');
}

export function git(folder: string, ...args: readonly string[]): string {
  const who = ['-c', 'user.name=tests', '-c', 'user.email=tests@example.org', '-c', 'commit.gpgsign=false'];
  return execFileSync('git', [...who, ...args], {
    cwd: folder,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}
