import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Descriptor } from '@waybill/core/oci';
import { type PathSet, parsePaths } from '@waybill/core/paths';
import {
  type RestoreSnapshotResult,
  restoreSnapshot,
  type SaveProgress,
  type SaveSnapshotOptions,
  type SaveSnapshotResult,
  type SnapshotMachine,
  type SnapshotStore,
  saveSnapshot,
} from '@waybill/core/snapshot';
import { diffTrees, type TreeFingerprint, treeFingerprint } from '../trees/index.ts';

export interface Settings {
  /** Default: `tree`. */
  readonly paths?: readonly string[];
  /** Default: the site's. */
  readonly store?: SnapshotStore;
  /** Default: all on this thread, and no state folder. */
  readonly machine?: Partial<SnapshotMachine>;
  readonly signal?: AbortSignal;
}

export interface SaveSettings extends Settings {
  readonly parent?: Descriptor;
  readonly secrets?: SaveSnapshotOptions['secrets'];
  readonly progress?: (progress: SaveProgress) => void;
}

export type Saved = Extract<SaveSnapshotResult, { kind: 'saved' }>;

/** A folder of its own with workspaces in it, each a place to save from or to restore to. Removed by {@link remove}. */
export class Site {
  readonly dir: string;
  /** State folder for those who ask for one by {@link remembering}. */
  readonly stateDir: string;
  readonly store: SnapshotStore;
  /** What was told, in order. */
  readonly notices: string[] = [];
  readonly warnings: string[] = [];
  #workspaces = 0;

  constructor(store: SnapshotStore) {
    this.dir = realpathSync(mkdtempSync(join(tmpdir(), 'snapshot-')));
    this.stateDir = join(this.dir, 'state');
    this.store = store;
  }

  /** A new, empty workspace. */
  workspace(): string {
    const dir = join(this.dir, `w${this.#workspaces++}`);
    mkdirSync(dir);
    return dir;
  }

  /** A machine that keeps records. */
  remembering(): Partial<SnapshotMachine> {
    return { stateDir: this.stateDir };
  }

  paths(workspace: string, lines: readonly string[] = ['tree']): PathSet {
    return parsePaths(lines, { workspace, home: join(this.dir, 'home'), platform: process.platform });
  }

  /** Whatever comes of saving what the paths hold there. */
  async trySave(workspace: string, settings: SaveSettings = {}): Promise<SaveSnapshotResult> {
    const { parent, progress } = settings;
    return saveSnapshot({
      ...this.#common(workspace, settings),
      compressionLevel: 1,
      secrets: settings.secrets ?? { allow: false, needles: [] },
      annotations: {},
      ...(parent === undefined ? {} : { parent }),
      ...(progress === undefined ? {} : { progress }),
    });
  }

  /** @throws RangeError unless it was saved */
  async save(workspace: string, settings: SaveSettings = {}): Promise<Saved> {
    const result = await this.trySave(workspace, settings);
    if (result.kind !== 'saved') throw new RangeError(`expected a snapshot, found ${JSON.stringify(result)}`);
    return result;
  }

  async restore(workspace: string, manifest: Descriptor, settings: Settings = {}): Promise<RestoreSnapshotResult> {
    return restoreSnapshot({ ...this.#common(workspace, settings), manifest });
  }

  /** Lines about what differs between two folders; none where they are the same. */
  async difference(expected: string, found: string): Promise<string[]> {
    return diffTrees(await treeFingerprint(expected), await treeFingerprint(found), Number.POSITIVE_INFINITY);
  }

  /**
   * All that is in the site, to be held against what is there later. Times of workspaces themselves are left out: where
   * something is staged beside a root, they change.
   */
  async fingerprint(): Promise<TreeFingerprint> {
    const entries = await treeFingerprint(this.dir);
    return entries.map((entry) =>
      /^(?:w\d+)?$/.test(entry.path.toString()) ? { ...entry, mtimeMicroseconds: 0n } : entry,
    );
  }

  /** Names of staging folders anywhere in the site. */
  leftovers(): string[] {
    return placesBelow(this.dir)
      .map(String)
      .filter((path) => /\/\.wb-[^/]*$/.test(path));
  }

  remove(): void {
    this.removeFolder(this.dir);
  }

  /** A folder of the site with all that is in it, read-only folders too. */
  removeFolder(dir: string): void {
    openFolders(Buffer.from(dir));
    rmSync(dir, { recursive: true, force: true });
  }

  #common(workspace: string, settings: Settings) {
    return {
      paths: this.paths(workspace, settings.paths),
      store: settings.store ?? this.store,
      machine: { stateDir: undefined, now: Date.now, threads: 0, workerEntry: undefined, ...settings.machine },
      notice: (message: string) => void this.notices.push(message),
      warning: (message: string) => void this.warnings.push(message),
      ...(settings.signal === undefined ? {} : { signal: settings.signal }),
    };
  }
}

/** All that lies below a folder, absolute, each folder before what is in it. (Node's own walk cannot give bytes.) */
export function placesBelow(dir: string | Buffer): Buffer[] {
  return readdirSync(dir, 'buffer').flatMap((name) => {
    const path = Buffer.concat([Buffer.from(dir), Buffer.from('/'), name]);
    return [path, ...(lstatSync(path).isDirectory() ? placesBelow(path) : [])];
  });
}

/** An ordinary user cannot empty a read-only folder. */
function openFolders(dir: Buffer): void {
  chmodSync(dir, 0o700);
  for (const name of readdirSync(dir, 'buffer')) {
    const path = Buffer.concat([dir, Buffer.from('/'), name]);
    if (lstatSync(path).isDirectory()) openFolders(path);
  }
}
