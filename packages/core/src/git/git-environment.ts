import { devNull } from 'node:os';
import type { GitRemote } from './git-remote.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Of the job's own settings of git only these are kept: how to reach a host, and which files configure git. */
const KEPT =
  /^GIT_(SSL_CAINFO|SSL_CAPATH|SSL_CERT|SSL_KEY|SSL_NO_VERIFY|SSH|SSH_COMMAND|SSH_VARIANT|PROXY_SSL_.*|HTTP_PROXY_AUTHMETHOD|CONFIG_GLOBAL|CONFIG_SYSTEM|CONFIG_NOSYSTEM|CONFIG_COUNT|CONFIG_KEY_\d+|CONFIG_VALUE_\d+|EXEC_PATH)$/;

/** For every command: nothing that git would run besides itself, nothing it would ask, nothing it would do later. */
const SETTINGS: readonly (readonly [string, string])[] = [
  ['core.hooksPath', devNull],
  ['core.fsmonitor', 'false'],
  ['core.askPass', ''],
  ['core.alternateRefsCommand', ''],
  ['protocol.allow', 'never'],
  ['protocol.file.allow', 'always'],
  ['protocol.http.allow', 'always'],
  ['protocol.https.allow', 'always'],
  ['protocol.ssh.allow', 'always'],
  ['protocol.ext.allow', 'never'],
  ['gc.auto', '0'],
  ['maintenance.auto', 'false'],
  ['submodule.recurse', 'false'],
  // A partial clone lacks parts of what it has: a host that is told so would leave them out again.
  ['fetch.negotiationAlgorithm', 'noop'],
  ['fetch.recurseSubmodules', 'false'],
  ['fetch.writeCommitGraph', 'false'],
  ['transfer.bundleURI', 'false'],
  ['push.recurseSubmodules', 'no'],
  ['push.useForceIfIncludes', 'false'],
  ['push.gpgSign', 'false'],
  ['push.pushOption', ''],
  ['i18n.commitEncoding', 'UTF-8'],
  ['http.lowSpeedLimit', '1'],
  ['http.lowSpeedTime', '30'],
];

/** Lets a repository on this machine answer as a host does: parts of a tree, and commits by their id. */
const UPLOAD_PACK = 'git -c uploadpack.allowFilter=true -c uploadpack.allowAnySHA1InWant=true upload-pack';

export interface GitEnvironment {
  readonly env: Env;
  /** What no message may show. */
  readonly secrets: readonly string[];
}

/**
 * The environment for git: the job's without its own `GIT_…`, with our settings over those of the system and the user, and
 * the repository as the remote `origin`. The token is shown to the repository's host alone: it is bound to it, and
 * redirects are not followed. It is in no argument, file or URL.
 */
export function gitEnvironment(job: Env, remote: GitRemote, token: string | undefined): GitEnvironment {
  const kept = Object.entries(job).filter(([name]) => !/^(GIT_|SSH_ASKPASS)/i.test(name) || KEPT.test(name));
  const basic = token === undefined ? '' : Buffer.from(`x-access-token:${token}`).toString('base64');
  const settings = [
    ...SETTINGS,
    ['remote.origin.url', remote.kind === 'path' ? remote.path : remote.url] as const,
    ...(remote.kind === 'path' ? [['remote.origin.uploadpack', UPLOAD_PACK] as const] : []),
    ...(token === undefined || remote.kind === 'path' || remote.origin === undefined
      ? []
      : tokenSettings(remote.origin, basic)),
  ];
  return {
    env: {
      ...Object.fromEntries(kept),
      ...configEnvironment(job['GIT_CONFIG_COUNT'], settings),
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '',
      SSH_ASKPASS_REQUIRE: 'never',
      GCM_INTERACTIVE: 'never',
      LC_ALL: 'C',
      LANGUAGE: 'C',
    },
    secrets: token === undefined ? [] : [token, basic],
  };
}

function tokenSettings(origin: string, basic: string): readonly (readonly [string, string])[] {
  const header = `http.${origin}/.extraheader`;
  return [
    // An empty value drops what other settings gave: a host is shown one token, and no helper is asked for another.
    ['credential.helper', ''],
    [header, ''],
    [header, `Authorization: basic ${basic}`],
    ['http.followRedirects', 'false'],
  ];
}

function configEnvironment(
  given: string | undefined,
  settings: readonly (readonly [string, string])[],
): Record<string, string> {
  const start = /^\d{1,4}$/.test(given ?? '') ? Number(given) : 0;
  const pairs = settings.flatMap(([key, value], i) => [
    [`GIT_CONFIG_KEY_${start + i}`, key] as const,
    [`GIT_CONFIG_VALUE_${start + i}`, value] as const,
  ]);
  return { ...Object.fromEntries(pairs), GIT_CONFIG_COUNT: String(start + settings.length) };
}
