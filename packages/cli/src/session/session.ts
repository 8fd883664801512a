import type { RetryClock } from '@waybill/core/async';
import type { CacheDeps, RegistryConnection, Snapshots } from '@waybill/core/cache';
import type { OciStoreUri } from '@waybill/core/content';
import type { RunTool } from '@waybill/core/proc';
import type { Registries } from '@waybill/core/registry';
import type { RunContext } from '@waybill/core/runner';
import type { Printer } from '../terminal/index.ts';
import type { OpenImages } from './open-images.ts';
import type { OpenPromotions } from './open-promotions.ts';
import type { OpenReleases } from './open-releases.ts';
import type { OpenStore, StoreAccess } from './open-store.ts';

/** What a verb works with, whatever it does: all that it knows of the machine. */
export interface Session {
  /** Facts of the machine and, on GitHub, of the run; its workspace is the working directory. */
  readonly context: RunContext;
  /** Whether this is a step of a workflow. */
  readonly onGithub: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly print: Printer;
  readonly openStore: OpenStore;
  /** A registry itself, for what a store does not tell. Each request is tried twice at most. */
  readonly connectRegistry: (uri: OciStoreUri, access: StoreAccess) => Promise<RegistryConnection>;
  /** Ledger and registries, as promotions work with them. */
  readonly openPromotions: OpenPromotions;
  /** Repositories of registries; `insecureHosts`: where plain http, or any certificate, will do. */
  readonly openRegistries: (insecureHosts: readonly string[]) => Promise<Registries>;
  /** The machine's time, its timers, and chance. */
  readonly clock: RetryClock;
  /** Records of builds, registries and docker, as images are built with them. */
  readonly openImages: OpenImages;
  /** Statements that are filed in releases. */
  readonly openReleases: OpenReleases;
  readonly snapshots: () => Promise<Snapshots>;
  readonly machine: CacheDeps['machine'];
  readonly runTool: RunTool;
  /** Asks a person and waits; undefined where nobody is there to answer. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  /** Aborts on Ctrl-C. */
  readonly signal: AbortSignal;
}
