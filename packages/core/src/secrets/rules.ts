import { isLiteral } from './literal.ts';

/** A place where a tool keeps credentials, and how one is told from a file that holds none. */
export interface Rule {
  /** What was found, for people. */
  readonly kind: string;
  /** Of the lower-case path, which starts with `/`. */
  readonly path: RegExp;
  /** Of the file's text, one character a byte. */
  readonly found: (text: string) => boolean;
}

const PRIVATE_KEY = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|^PuTTY-User-Key-File-\d|^AGE-SECRET-KEY-1/m;

/** Whether a private key stands in the text: PEM, OpenSSH, PGP, PuTTY, age. */
export function holdsPrivateKey(text: string): boolean {
  return PRIVATE_KEY.test(text);
}

/** Whether a group of any match is a credential itself, not a placeholder. */
function literal(pattern: RegExp): (text: string) => boolean {
  const all = new RegExp(pattern.source, `${pattern.flags}g`);
  return (text) => {
    for (const [, ...groups] of text.matchAll(all)) if (groups.some((group) => group && isLiteral(group))) return true;
    return false;
  };
}

const NOT_EMPTY = (text: string): boolean => text.trim() !== '';
const LOGIN_IN_URL = /:\/\/(?:[^\s/@:]*:([^\s/@]+)|((?:gh[pousr]_|github_pat_|glpat-)[^\s/@:]+))@/;

/** In the order of asking; the first that finds something counts. */
export const RULES: readonly Rule[] = [
  {
    kind: 'npm token',
    path: /\/(?:\.npmrc|npmrc|pnpm\/(?:rc|auth\.ini))$/,
    found: literal(/^[ \t]*(?:[^#;=\s][^=\n]*:)?_?(?:authToken|auth|password)[ \t]*=[ \t]*(.*)$/im),
  },
  {
    kind: 'Yarn token',
    path: /\/\.yarnrc\.yml$/,
    found: literal(/^[ \t]*["']?npmAuth(?:Token|Ident)["']?[ \t]*:[ \t]*([^#\n]*)/im),
  },
  {
    kind: 'Git credential',
    path: /\/(?:\.git\/(?:.*\/)?config(?:\.worktree)?|\.gitconfig|git\/config|git-credentials-[^/]*\.config)$/,
    found: (text) => literal(/^[ \t]*extraheader[ \t]*=[ \t]*(.*)$/im)(text) || literal(LOGIN_IN_URL)(text),
  },
  { kind: 'Git credential', path: /\/(?:\.git-credentials|git\/credentials)$/, found: literal(LOGIN_IN_URL) },
  {
    kind: 'Docker registry credential',
    path: /\/(?:\.docker\/config\.json|\.dockercfg|\.dockerconfigjson|containers\/auth\.json)$/,
    found: literal(/"(?:auth|identitytoken|registrytoken|password)"\s*:\s*"([^"]*)"/i),
  },
  { kind: 'netrc password', path: /\/[._]netrc$/, found: literal(/(?:^|\s)password\s+(\S+)/i) },
  {
    kind: 'AWS credential',
    path: /\/\.aws\/(?:credentials|config|(?:sso|cli)\/cache\/.*)$/,
    found: literal(
      /(?:aws_secret_access_key|aws_session_token)[ \t]*=[ \t]*(.*)|"(?:SecretAccessKey|accessToken|refreshToken)"\s*:\s*"([^"]*)"/i,
    ),
  },
  {
    kind: 'Google Cloud credential',
    path: /\/(?:gcloud\/(?:application_default_credentials\.json|credentials\.db|access_tokens\.db|legacy_credentials\/.*)|gha-creds-[^/]*\.json)$/,
    found: NOT_EMPTY,
  },
  {
    kind: 'Azure credential',
    path: /\/\.azure\/(?:accesstokens\.json|msal_token_cache\.(?:json|bin)|service_principal_entries\.(?:json|bin))$/,
    found: (text) => !/^\s*(?:[[{]\s*[\]}])?\s*$/.test(text),
  },
  {
    kind: 'Kubernetes credential',
    path: /\/\.kube\/(?:config|.*\.(?:ya?ml|conf|config))$/,
    found: literal(
      /^[ \t-]*["']?(?:token|password|client-key-data|id-token|refresh-token)["']?[ \t]*:[ \t]*([^#\n]*)/im,
    ),
  },
  {
    kind: 'Cargo registry token',
    path: /\/\.?cargo\/credentials(?:\.toml)?$/,
    found: literal(/^[ \t]*token[ \t]*=[ \t]*(.*)$/im),
  },
  { kind: 'PyPI password', path: /\/\.pypirc$/, found: literal(/^[ \t]*password[ \t]*[=:][ \t]*(.*)$/im) },
  {
    kind: 'GitHub CLI token',
    path: /\/gh\/hosts\.yml$/,
    found: literal(/^[ \t]*oauth_token[ \t]*:[ \t]*([^#\n]*)/im),
  },
  {
    kind: 'private key',
    path: /\/(?:\.ssh\/|\.docker\/|\.kube\/|\.minikube\/|\.gnupg\/|sops\/age\/)/,
    found: holdsPrivateKey,
  },
  {
    kind: 'private key',
    path: /\/\.gnupg\/(?:private-keys-v1\.d\/[^/]+\.key|secring\.gpg)$/,
    found: NOT_EMPTY,
  },
];
