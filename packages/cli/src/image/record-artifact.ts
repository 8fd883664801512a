import type { BuildRecord } from '@waybill/core/ledger';
import { isDigest } from '@waybill/core/oci';
import { verifyDigest } from '@waybill/core/verify';
import { defineVerb, ExitCode, seeHelp, usageError, type Verb } from '../command/index.ts';
import { COPY_OPTIONS, LEDGER_OPTIONS, type Session } from '../session/index.ts';
import { IMAGE_HELP, readSource } from './read-image-words.ts';
import { rememberRecords } from './remember-records.ts';

const NAME = 'image record-artifact';

export const recordArtifact: Verb<Session> = defineVerb(
  {
    name: NAME,
    summary: 'record that an image was built from a commit',
    about: [
      'The image must be in the registry, whole. A record of the same identity stands as it is; one of another digest is refused.',
      'On GitHub what the run knows (commit, branch, workflow) is taken from it; off it, the commit is that of the working directory.',
    ],
    positionals: [{ name: 'IMAGE', help: IMAGE_HELP, required: true }],
    options: {
      digest: { type: 'text', value: 'DIGEST', help: 'the image; sha256: may be left out' },
      commit: { type: 'text', value: 'SHA', help: 'what it was built from (default: the commit of the run, or HEAD)' },
      identity: { type: 'text', value: 'TEXT', help: 'what the build is known by (default: the commit)' },
      branch: { type: 'text', value: 'BRANCH', help: "its branch (default: the run's)" },
      message: { type: 'text', value: 'TEXT', help: "the commit's message (default: the run's)" },
      toolchain: { type: 'list', value: 'TOOL=VERSION', help: 'what built it' },
      'base-image': { type: 'list', value: 'NAME[@DIGEST]', help: 'what it stands on' },
      dependency: { type: 'list', value: 'DIGEST', help: 'what else went into it' },
      'build-time': { type: 'text', value: 'TIME', help: 'when it was built, ISO-8601' },
      'build-duration': { type: 'text', value: 'SECONDS', help: 'how long that took' },
      ...COPY_OPTIONS,
      ...LEDGER_OPTIONS,
    },
    examples: [
      {
        line: 'waybill image record-artifact ghcr.io/octo-org/app@sha256:0123…cdef',
        what: 'built from what is checked out',
      },
      {
        line: 'waybill image record-artifact ghcr.io/octo-org/app --digest 0123…cdef --commit "$COMMIT" --toolchain go=1.26.1',
        what: 'in a build of one’s own',
      },
    ],
    exitCodes: {
      [ExitCode.done]: 'recorded, or there already',
      [ExitCode.failed]: 'the registry, the ledger or the network failed',
      [ExitCode.mismatch]: 'the image is not whole, or a record of another digest stands under the identity',
    },
  },
  async ({ values, positionals: [text = ''] }, session) => {
    const { print, signal, context, machine } = session;
    const commit = values.commit ?? context.sha ?? (await headCommit(session));
    const source = readSource(NAME, text, { digest: values.digest, commit });
    if (source.kind !== 'digest') throw usageError(`waybill ${NAME}: the digest is missing`, `Give ${IMAGE_HELP}.`);
    const site = await session.openPromotions(values);
    const { host, repository } = source.place;
    const registry = site.openRegistry(source.place, 'pull');
    const verification = await verifyDigest({ registry, digest: source.digest, layers: 'exist', signal });
    const image = `${host}/${repository}`;
    if (verification.verified === 'false') {
      const findings = verification.findings.filter(({ level }) => level === 'error');
      print.result(
        { image, digest: source.digest, result: 'not-whole', findings },
        findings.map(({ message }) => message),
      );
      print.warning(`${image}@${source.digest} is not whole, and is not recorded`);
      return ExitCode.mismatch;
    }
    const ours = recordOf(source.commit);
    const { ledger, shown } = await site.openLedger({ signal });
    const result = await ledger.builds.put(ours, { signal });
    // What stood there already was made by another run, of other facts.
    const standing = result === 'exists' ? await ledger.builds.get(image, ours.identity, { signal }) : undefined;
    const record = standing ?? ours;
    await rememberRecords(session, values, site, { builds: [record] });
    print.result({ image, digest: source.digest, result, record, ledger: shown }, [
      `${result === 'created' ? 'recorded' : 'recorded before'}: ${image}@${source.digest}`,
    ]);
    return ExitCode.done;

    function recordOf(of: string | undefined): BuildRecord {
      const { repository: owner, workflow, runId, runAttempt, actor } = context;
      const attempt = Number(runAttempt);
      const branch = values.branch ?? context.branch;
      const message = values.message ?? context.commitMessage;
      const identity = values.identity ?? of;
      if (identity === undefined)
        throw usageError(`waybill ${NAME}: nothing says what the build is known by`, 'Give --commit or --identity.');
      return {
        schemaVersion: 1,
        kind: 'build',
        image,
        identity,
        digest: verification.digest,
        mediaType: verification.mediaType,
        recordedAt: new Date(machine.now()).toISOString(),
        ...(of === undefined ? {} : { commit: of }),
        ...(branch === undefined ? {} : { branch }),
        ...(message === undefined ? {} : { commitMessage: message }),
        ...(owner === undefined ? {} : { repository: owner }),
        ...(workflow === undefined ? {} : { workflow }),
        ...(runId === undefined ? {} : { runId }),
        ...(Number.isSafeInteger(attempt) && attempt > 0 ? { runAttempt: attempt } : {}),
        ...(actor === undefined ? {} : { actor }),
        ...(verification.platforms.length === 0 ? {} : { platforms: verification.platforms }),
        ...(values.toolchain.length === 0 ? {} : { toolchain: readToolchain(values.toolchain) }),
        ...(values['base-image'].length === 0 ? {} : { baseImages: values['base-image'].map(readBaseImage) }),
        ...(values.dependency.length === 0 ? {} : { dependencies: values.dependency.map(readDependency) }),
        ...(values['build-time'] === undefined ? {} : { buildTime: readTime(values['build-time']) }),
        ...(values['build-duration'] === undefined ? {} : { buildDuration: readSeconds(values['build-duration']) }),
      };
    }
  },
);

/** The commit that is checked out in the working directory; undefined where there is none, or no git. */
async function headCommit({ runTool, context, signal }: Session): Promise<string | undefined> {
  try {
    const { stdout } = await runTool('git', ['rev-parse', '--verify', '--end-of-options', 'HEAD'], {
      cwd: context.workspace,
      signal,
    });
    return stdout.trim();
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof Error) return undefined;
    throw error;
  }
}

function readToolchain(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, tool, version] = /^([^=\s]+)=(\S+)$/.exec(pair) ?? [];
      if (tool === undefined || version === undefined) throw wrong('--toolchain', pair, 'TOOL=VERSION');
      return [tool, version];
    }),
  );
}

function readBaseImage(text: string) {
  const [name = '', digest, ...more] = text.split('@');
  if (digest === undefined) return { name };
  if (name === '' || more.length > 0 || !isDigest(digest)) throw wrong('--base-image', text, 'NAME or NAME@sha256:…');
  return { name, digest };
}

function readDependency(text: string) {
  if (isDigest(text)) return text;
  throw wrong('--dependency', text, 'sha256: and 64 hex characters');
}

function readTime(text: string): string {
  const time = Date.parse(text);
  if (Number.isNaN(time)) throw wrong('--build-time', text, 'a time such as 2026-01-02T03:04:05Z');
  return new Date(time).toISOString();
}

function readSeconds(text: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isFinite(seconds)) throw wrong('--build-duration', text, 'seconds');
  return seconds;
}

function wrong(option: string, value: string, expected: string) {
  return usageError(`waybill ${NAME}: ${option} is ${JSON.stringify(value)}, expected ${expected}`, seeHelp(NAME));
}
