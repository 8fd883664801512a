import type { PathContext } from '../paths/index.ts';
import type { RunTool } from '../proc/index.ts';
import type { KeySource } from './key-source.ts';
import type { PresetName } from './presets.ts';

/** What a key is asked to depend on. */
export interface KeyRequest {
  /** `OWNER/REPO`; undefined outside of one. */
  readonly repository: string | undefined;
  /** `<os>-<arch>` (`linux-x64`), or the word that stands for all of them where an entry is for all. */
  readonly platform: string;
  /**
   * Whether lockfiles are looked for, and the tools counted that they call for (`key: auto`). With a preset they are
   * anyway, its own; with neither the key depends on `from` alone.
   */
  readonly auto: boolean;
  readonly preset: PresetName | undefined;
  /** Lines of `key-from`. A `lock` among them replaces the search for lockfiles; all others come on top. */
  readonly from: readonly KeySource[];
  /**
   * A folder of the workspace, `/` between: of a monorepo the package that the key is for. Then only the lockfiles
   * nearest to it count, upwards. Default: all below the workspace.
   */
  readonly folder?: string;
  readonly context: PathContext;
}

export interface KeyDeps {
  readonly runTool: RunTool;
  /** The job's environment. Only the variables that `from` names are read. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal?: AbortSignal;
}
