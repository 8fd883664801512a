import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ActionRunner, createActionRunner, type StepRequest, type StepRun } from '@waybill/testing/action-runner';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface SiteOptions {
  /** Runs all steps as this user, who then owns the site. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Where to make it; default: the system's temp folder. */
  readonly parent?: string;
}

/** A machine of its own: workspaces, a home and a store in one folder, and the built bundles run on it as a runner would. */
export interface Site {
  readonly base: string;
  readonly store: string;
  /** Absolute path of the workspace of that name, made when first asked for. */
  workspace(name?: string): string;
  /** A new job; `home` is the machine's user, the same unless named; with an empty `token` nothing of it asks GitHub. */
  job(options?: {
    workspace?: string;
    home?: string;
    env?: Record<string, string>;
    token?: string;
  }): Promise<ActionRunner>;
  /** The step with the site's store and `path: tree`, unless `with` says otherwise. */
  request(action: string, inputs: Readonly<Record<string, string>>): StepRequest;
  /** A job of one step and its post steps; gives the step. */
  step(action: string, inputs: Readonly<Record<string, string>>, workspace?: string): Promise<StepRun>;
  /** Writes files below `<workspace>/tree`. */
  plant(files: Readonly<Record<string, string | Buffer>>, workspace?: string): string;
  remove(): void;
}

export function openSite(options: SiteOptions = {}): Site {
  const base = mkdtempSync(join(options.parent ?? tmpdir(), 'waybill-e2e-'));
  const store = join(base, 'store');
  const own = (path: string) => {
    if (options.user !== undefined) chownSync(path, options.user.uid, options.user.gid);
    return path;
  };
  const folder = (path: string) => {
    const first = mkdirSync(path, { recursive: true });
    // All that was made belongs to the user, parents included.
    for (let made = path; first !== undefined && made.length >= first.length; made = dirname(made)) own(made);
    return path;
  };
  own(base);
  chmodSync(base, 0o755);
  let jobs = 0;
  const workspace = (name = 'app') => folder(join(folder(join(base, 'work')), name));

  const site: Site = {
    base,
    store,
    workspace,
    job: ({ workspace: name, home = 'home', env = {}, token } = {}) =>
      createActionRunner({
        root: ROOT,
        workspace: workspace(name),
        home: folder(join(base, home)),
        temp: folder(join(base, `temp-${++jobs}`)),
        env,
        ...(token === undefined ? {} : { token }),
        ...(options.user === undefined ? {} : { user: options.user }),
      }),
    request: (action, inputs) => ({ action, with: { store: `dir:${store}`, path: 'tree', ...inputs } }),
    step: async (action, inputs, name) => {
      const job = await site.job(name === undefined ? {} : { workspace: name });
      const run = await job.run(site.request(action, inputs));
      await job.finish();
      return run;
    },
    plant: (files, name) => {
      const tree = folder(join(workspace(name), 'tree'));
      for (const [path, content] of Object.entries(files)) {
        const file = join(tree, path);
        folder(join(file, '..'));
        writeFileSync(file, content);
        own(file);
      }
      return tree;
    },
    remove: () => {
      rmSync(base, { recursive: true, force: true });
    },
  };
  return site;
}

/** The step's result as its outputs tell it, in one line that a failed test can show. */
export function told(run: StepRun): string {
  return `${run.outputs['result'] ?? '-'}/${run.outputs['reason'] ?? '-'}`;
}

/** Everything a person reads from a step that went wrong. */
export function shown(run: StepRun): string {
  return `${run.outcome}, exit ${run.exitCode ?? run.signal}\n${run.stdout}${run.stderr}`;
}

/** What is wrong with the store in `dir`: blobs that are not what their names say, files on their way left over. Empty: it verifies. */
export function storeProblems(dir: string): string[] {
  const problems: string[] = [];
  const blobs = join(dir, 'blobs', 'sha256');
  for (const name of existsSync(blobs) ? readdirSync(blobs) : []) {
    const digest = createHash('sha256')
      .update(readFileSync(join(blobs, name)))
      .digest('hex');
    if (digest !== name) problems.push(`blob ${name} hashes to ${digest}`);
  }
  for (const file of ['oci-layout', 'index.json']) {
    if (!existsSync(join(dir, file))) continue;
    try {
      JSON.parse(readFileSync(join(dir, file), 'utf8'));
    } catch {
      problems.push(`${file} is no JSON`);
    }
  }
  return problems;
}

/** Files in the store that are on their way into place. */
export function filesUnderway(dir: string): string[] {
  const temp = join(dir, 'waybill', 'tmp');
  return existsSync(temp) ? readdirSync(temp) : [];
}

/** Staging folders below `dir`, at any depth that a restore uses. */
export function stagingFolders(dir: string | Buffer): string[] {
  if (!existsSync(dir)) return [];
  const found: string[] = [];
  // By hand: Node's own recursion fails on names as bytes.
  for (const entry of readdirSync(dir, { withFileTypes: true, encoding: 'buffer' })) {
    const name = entry.name.toString('latin1');
    if (name.startsWith('.wb-')) found.push(name);
    if (entry.isDirectory())
      found.push(...stagingFolders(Buffer.concat([Buffer.from(dir), Buffer.from('/'), entry.name])));
  }
  return found;
}
