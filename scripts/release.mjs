// Makes a release: dist is not kept on main, and `uses:` needs it in a tag.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { CLI_STUB, distManifest, hasCli, readPlan, stubPaths } from './plan.mjs';

const HELP = `Usage: npm run release -- VERSION [options]

Makes the release VERSION (such as 1.2.3) of a commit, without touching any work tree:
  1. a commit with dist/ as it is built from that commit;
  2. a commit in which the reusable workflows refer to the first by its full SHA (only if there are any that do).
The tag v1.2.3 and the branch release/v1.2.3 name the last of them, and v1 is moved there, unless VERSION is a
prerelease or a higher 1.x.y is out. v1.2.3 is never moved: if it exists, nothing is done.

Options:
  --repo DIR     repository to work in (default: this one)
  --from REV     commit to release (default: HEAD)
  --dist DIR     a built dist to use, instead of building the commit
  --slug O/R     OWNER/REPO that reusable workflows call (default: GITHUB_REPOSITORY, else from the remote origin)
  --dry-run      say what would be done
  --push         push branch and tags to origin
  --push-only    push a release that was made before, and do nothing else
  --help         this text
`;

/**
 * @typedef {object} ReleaseOptions
 * @property {string} repo
 * @property {string} version with or without `v`
 * @property {string} [from]
 * @property {string} [dist]
 * @property {string} [slug]
 * @property {boolean} [dryRun]
 * @property {boolean} [push]
 * @property {(line: string) => void} [log]
 */

/**
 * @param {ReleaseOptions} options
 * @returns {{ tag: string, branch: string, major: string | undefined, commit: string, distCommit: string } | undefined} undefined for a dry run
 */
export function release({ repo, version, from = 'HEAD', dist, slug, dryRun = false, push = false, log = console.log }) {
  const { tag, major, branch, prerelease } = parseVersion(version);
  const source = git(repo, 'rev-parse', '--verify', `${from}^{commit}`);
  for (const ref of [`refs/tags/${tag}`, `refs/heads/${branch}`]) {
    if (hasRef(repo, ref)) throw new Error(`${ref} exists already; a release is never moved. Choose another version.`);
  }
  if (push && git(repo, 'ls-remote', 'origin', `refs/tags/${tag}`) !== '') {
    throw new Error(`origin has the tag ${tag} already; a release is never moved. Choose another version.`);
  }
  const movesMajor = !prerelease && !higherExists(repo, tag);
  const owner = slug ?? process.env['GITHUB_REPOSITORY'] ?? originSlug(repo);

  const parent = mkdtempSync(path.join(tmpdir(), 'waybill-release-'));
  const tree = path.join(parent, 'tree');
  git(repo, 'worktree', 'add', '--detach', '--quiet', tree, source);
  try {
    if (dryRun) {
      log(`would build ${source.slice(0, 12)} and commit dist/ on ${branch}`);
      for (const file of reusableWorkflows(tree)) log(`would pin the calls of ${owner ?? 'OWNER/REPO'} in ${file}`);
      log(`would tag ${tag}${movesMajor ? ` and move ${major}` : `, and leave ${major} where it is`}`);
      if (push) log('would push to origin');
      return undefined;
    }
    layDist(tree, dist);
    setVersion(tree, tag);
    git(tree, 'add', '--force', '--all', 'dist');
    const distCommit = commit(tree, `build: dist of ${tag}`);
    const pinned = pinWorkflows(tree, owner, distCommit, tag);
    if (pinned.length > 0) git(tree, 'add', ...pinned);
    const head =
      pinned.length > 0
        ? commit(tree, `build: reusable workflows of ${tag} call ${distCommit.slice(0, 12)}`)
        : distCommit;
    // One transaction: either all of them stand, or none; `create` fails where another run was faster.
    const updates = [`create refs/heads/${branch} ${head}`, `create refs/tags/${tag} ${head}`];
    if (movesMajor) updates.push(`update refs/tags/${major} ${head}`);
    gitWith(repo, `${updates.join('\n')}\n`, 'update-ref', '--stdin');
    log(`${tag} is ${head}${movesMajor ? `, and so is ${major}` : ''}`);
    if (push) pushRelease(repo, version);
    return { tag, branch, major: movesMajor ? major : undefined, commit: head, distCommit };
  } finally {
    git(repo, 'worktree', 'remove', '--force', tree);
    rmSync(parent, { recursive: true, force: true });
  }
}

/**
 * Pushes branch and tags in one go; the tag without force, so that it cannot be moved there either.
 * @param {string} repo
 * @param {string} version
 */
export function pushRelease(repo, version) {
  const { tag, major, branch } = parseVersion(version);
  const refs = [`refs/heads/${branch}`, `refs/tags/${tag}`];
  const isMajor =
    hasRef(repo, `refs/tags/${major}`) &&
    git(repo, 'rev-parse', `refs/tags/${major}`) === git(repo, 'rev-parse', `refs/tags/${tag}`);
  if (isMajor) refs.push(`+refs/tags/${major}`);
  git(repo, 'push', '--quiet', '--atomic', 'origin', ...refs);
}

/**
 * @param {string} text
 */
export function parseVersion(text) {
  const match = /^v?((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*))(-[0-9A-Za-z][0-9A-Za-z.-]*)?$/.exec(text);
  if (match === null) throw new Error(`${text} is no version; expected one such as 1.2.3 or 1.2.3-rc.1.`);
  const [, numbers = '', suffix = ''] = match;
  const tag = `v${numbers}${suffix}`;
  return { tag, branch: `release/${tag}`, major: `v${numbers.split('.')[0]}`, prerelease: suffix !== '' };
}

/**
 * A workflow in which every call of this repository's actions names a commit, and the version in a comment.
 * @param {string} workflow
 * @param {string} slug OWNER/REPO
 * @param {string} sha
 * @param {string} tag
 */
export function pinCalls(workflow, slug, sha, tag) {
  const escaped = slug.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const call = new RegExp(`^(\\s*(?:- )?uses:\\s*)(['"]?)(${escaped}(?:/[^@\\s'"]*)?)@[^\\s'"]+\\2[^\\n]*$`, 'gim');
  return workflow.replace(call, (_line, before, _quote, action) => `${before}${action}@${sha} # ${tag}`);
}

/**
 * Workflows that others may call, relative to the tree.
 * @param {string} tree
 * @returns {string[]}
 */
export function reusableWorkflows(tree) {
  const folder = path.join(tree, '.github', 'workflows');
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .filter((name) => {
      const on = parse(readFileSync(path.join(folder, name), 'utf8'))?.on ?? {};
      const events = typeof on === 'string' || Array.isArray(on) ? [on].flat() : Object.keys(on);
      return events.includes('workflow_call');
    })
    .map((name) => `.github/workflows/${name}`);
}

/**
 * @param {string} tree
 * @param {string | undefined} slug
 * @param {string} sha
 * @param {string} tag
 * @returns {string[]} the files that changed
 */
function pinWorkflows(tree, slug, sha, tag) {
  const files = reusableWorkflows(tree);
  if (files.length > 0 && slug === undefined) {
    throw new Error(
      'There are reusable workflows, but no OWNER/REPO whose calls to pin: give --slug, or a remote origin.',
    );
  }
  return files.filter((name) => {
    const file = path.join(tree, name);
    const before = readFileSync(file, 'utf8');
    const after = pinCalls(before, slug ?? '', sha, tag);
    writeFileSync(file, after);
    return after !== before;
  });
}

/**
 * @param {string} tree
 * @param {string | undefined} dist
 */
function layDist(tree, dist) {
  const target = path.join(tree, 'dist');
  if (dist === undefined) {
    // The build sets itself up (npm ci) where nothing is installed, as in a fresh tree.
    const shell = process.platform === 'win32';
    const { status } = spawnSync('npm', ['run', 'build'], { cwd: tree, stdio: ['ignore', 2, 2], shell });
    if (status !== 0) throw new Error('npm run build failed in the commit to release; its output stands above.');
  } else {
    rmSync(target, { recursive: true, force: true });
    cpSync(dist, target, { recursive: true });
  }
  const cli = hasCli(tree) ? [CLI_STUB] : [];
  const needed = ['index.js', ...cli, ...stubPaths(readPlan(tree))];
  const missing = needed.filter((file) => !existsSync(path.join(target, file)));
  if (missing.length > 0) throw new Error(`dist lacks ${missing.join(', ')}, which the actions of this commit need.`);
}

/**
 * The command line that comes with the actions says the version of the release.
 * @param {string} tree
 * @param {string} tag
 */
function setVersion(tree, tag) {
  if (hasCli(tree)) writeFileSync(path.join(tree, 'dist', 'package.json'), distManifest(tag.slice(1)));
}

/**
 * @param {string} tree
 * @param {string} message
 */
function commit(tree, message) {
  const named = spawnSync('git', ['config', 'user.email'], { cwd: tree, env: outsideHooks(process.env) }).status === 0;
  const identity = named ? [] : ['-c', 'user.name=waybill release', '-c', 'user.email=release@localhost'];
  git(tree, ...identity, 'commit', '--quiet', '--no-verify', '--message', message);
  return git(tree, 'rev-parse', 'HEAD');
}

/**
 * Whether a release of the same major version with a higher number is out.
 * @param {string} repo
 * @param {string} tag
 */
function higherExists(repo, tag) {
  const [major, minor, patch] = numbersOf(tag);
  return git(repo, 'tag', '--list', `v${major}.*`)
    .split('\n')
    .filter((other) => /^v\d+\.\d+\.\d+$/.test(other))
    .map(numbersOf)
    .some(([, otherMinor, otherPatch]) => otherMinor > minor || (otherMinor === minor && otherPatch > patch));
}

/**
 * @param {string} tag
 * @returns {[number, number, number]}
 */
function numbersOf(tag) {
  const [major = 0, minor = 0, patch = 0] = tag
    .slice(1)
    .split('.')
    .map((part) => Number.parseInt(part, 10));
  return [major, minor, patch];
}

/** @param {string} repo */
function originSlug(repo) {
  const { status, stdout } = spawnSync('git', ['remote', 'get-url', 'origin'], {
    cwd: repo,
    env: outsideHooks(process.env),
    encoding: 'utf8',
  });
  return status === 0 ? /[/:]([^/:]+\/[^/]+?)(?:\.git)?\/?$/.exec(stdout.trim())?.[1] : undefined;
}

/**
 * @param {string} repo
 * @param {string} ref
 */
function hasRef(repo, ref) {
  return (
    spawnSync('git', ['show-ref', '--verify', '--quiet', ref], { cwd: repo, env: outsideHooks(process.env) }).status ===
    0
  );
}

/**
 * The environment without what a hook's git says of its own repository: ours is the one that we are given.
 * @param {NodeJS.ProcessEnv} env
 */
export function outsideHooks(env) {
  const kept = { ...env };
  for (const name of ['GIT_DIR', 'GIT_WORK_TREE', 'GIT_INDEX_FILE', 'GIT_PREFIX', 'GIT_COMMON_DIR']) delete kept[name];
  return kept;
}

/**
 * @param {string} cwd
 * @param {...string} args
 */
function git(cwd, ...args) {
  return gitWith(cwd, '', ...args);
}

/**
 * @param {string} cwd
 * @param {string} input
 * @param {...string} args
 */
function gitWith(cwd, input, ...args) {
  const { status, stdout, stderr, error } = spawnSync('git', args, {
    cwd,
    env: outsideHooks(process.env),
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`git ${args[0]} failed: ${stderr.trim()}`);
  return stdout.trim();
}

function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      repo: { type: 'string', default: path.dirname(import.meta.dirname) },
      from: { type: 'string' },
      dist: { type: 'string' },
      slug: { type: 'string' },
      'dry-run': { type: 'boolean', default: false },
      push: { type: 'boolean', default: false },
      'push-only': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const [version] = positionals;
  if (values.help) return console.log(HELP);
  if (version === undefined || positionals.length > 1) throw new Error('expected one version; see --help.');
  if (values['push-only']) return pushRelease(values.repo, version);
  release({
    repo: values.repo,
    version,
    ...(values.from === undefined ? {} : { from: values.from }),
    ...(values.dist === undefined ? {} : { dist: path.resolve(values.dist) }),
    ...(values.slug === undefined ? {} : { slug: values.slug }),
    dryRun: values['dry-run'],
    push: values.push,
  });
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main();
  } catch (error) {
    console.error(`release: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
