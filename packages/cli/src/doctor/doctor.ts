import { randomUUID } from 'node:crypto';
import { zstdCompressSync } from 'node:zlib';
import { type DirStoreUri, type OciStoreUri, placeOf } from '@waybill/core/content';
import { errorMessage } from '@waybill/core/errors';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { type OpenedStore, type Session, STORE_OPTIONS } from '../session/index.ts';
import { formatCount, oneLine, type Style } from '../terminal/index.ts';
import { type Check, ok, problem } from './check.ts';
import { checkSpace, checkState } from './check-disk.ts';
import { checkDocker } from './check-docker.ts';
import { checkGithub } from './check-github.ts';
import { checkNode } from './check-node.ts';
import { checkRegistry } from './check-registry.ts';
import { checkReadable, checkWritable } from './check-store.ts';
import { checkWorkflows } from './check-workflows.ts';

export const doctor: Verb<Session> = defineVerb(
  {
    name: 'doctor',
    summary: 'look whether everything that waybill needs is there',
    about: [
      'Tells which store counts and reads it. Into a folder it writes a few bytes, which it takes away again; at a registry it',
      'tells who one is, begins an upload and gives it up. Looks at Node, disk, state folder, docker with buildx, the workflows and',
      'the configuration that are checked out here, and on GitHub at what the run may do. Each line is ok, a warning or a',
      'problem, with what to do.',
    ],
    positionals: [],
    options: {
      'read-only': { type: 'flag', help: 'write nothing' },
      images: { type: 'flag', help: 'images shall be built here: a docker that cannot is a problem' },
      ...STORE_OPTIONS,
    },
    examples: [
      { line: 'waybill doctor', what: 'of the store that counts here' },
      { line: 'waybill doctor --store dir:/mnt/cache --read-only', what: 'of another one, without a trace' },
      { line: 'waybill doctor --images --json', what: 'of a machine that builds images, for a script' },
    ],
    exitCodes: { [ExitCode.done]: 'no problems; there may be warnings', [ExitCode.notFound]: 'a problem was found' },
  },
  async ({ values }, session) => {
    const { print, context, onGithub, env, runTool, signal } = session;
    const checks: Check[] = [
      // An older Node has no such function, whatever its types say.
      checkNode(process.versions.node, typeof zstdCompressSync === 'function'),
      ...(await storeChecks(values, session)),
      ...(values['read-only'] ? [] : [await checkState(context.stateDir, randomUUID())]),
      await checkDocker(runTool, { needed: values.images, signal }),
      ...(await checkWorkflows(context.workspace)),
      ...checkGithub(context, { onGithub, hasToken: Boolean(env['GITHUB_TOKEN']) }),
    ];
    const count = (status: Check['status']) => checks.filter((check) => check.status === status).length;
    const [problems, warnings] = [count('problem'), count('warning')];
    print.result({ ok: problems === 0, problems, warnings, checks }, [
      ...checks.flatMap((check) => checkLines(check, print.style)),
      '',
      `${formatCount(problems, 'problem')}, ${formatCount(warnings, 'warning')}`,
    ]);
    return problems === 0 ? ExitCode.done : ExitCode.notFound;
  },
);

async function storeChecks(
  values: { readonly store: readonly string[]; readonly 'read-only': boolean },
  session: Session,
): Promise<readonly Check[]> {
  let opened: OpenedStore;
  try {
    // Uncapped: a check must not make the store evict anything.
    opened = await session.openStore(values.store, values['read-only'] ? 'pull' : 'push', { uncapped: true });
  } catch (error) {
    return [
      problem('store', errorMessage(error), 'Give --store URI, or set WAYBILL_STORE. Example: dir:/var/cache/waybill'),
    ];
  }
  const { shown, from, chain } = opened;
  const uris = chain.tiers.flat();
  const facts = [
    from === 'default' ? 'the default' : `named by ${from}`,
    ...(chain.share === 'all' ? ['shared by all repositories'] : []),
    ...(uris.some((uri) => uri.kind === 'oci' && uri.insecure) ? ['plain http, or any certificate, will do'] : []),
  ];
  const checks = [ok('store', `${shown} (${facts.join(', ')})`)];
  const readOnly = values['read-only'];
  for (const uri of uris) {
    if (uris.length > 1) checks.push(ok('store', `of these ${placeOf(uri)}:`));
    checks.push(
      ...(await (uri.kind === 'oci' ? registryChecks(uri, readOnly, session) : folderChecks(uri, readOnly, session))),
    );
  }
  return checks;
}

async function registryChecks(uri: OciStoreUri, readOnly: boolean, session: Session): Promise<readonly Check[]> {
  const connection = await session.connectRegistry(uri, readOnly ? 'pull' : 'push');
  return checkRegistry(connection, uri, { readOnly }, session.signal);
}

async function folderChecks(uri: DirStoreUri, readOnly: boolean, session: Session): Promise<readonly Check[]> {
  const opened = await session.openStore([placeOf(uri)], readOnly ? 'pull' : 'push', { uncapped: true });
  return [
    ...(await checkReadable(opened.names, session.signal)),
    ...(readOnly ? [] : [await checkWritable(opened, randomUUID(), session.signal)]),
    await checkSpace(uri.path),
  ];
}

function checkLines({ name, status, text, hint }: Check, style: Style): readonly string[] {
  const colour = { ok: style.green, warning: style.yellow, problem: style.red }[status];
  const head = `${colour(status.padEnd(7))}  ${name.padEnd(10)}  ${oneLine(text)}`;
  return hint === undefined ? [head] : [head, `${' '.repeat(21)}${style.dim(oneLine(hint))}`];
}
