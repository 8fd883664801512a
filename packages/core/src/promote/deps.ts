import type { RetryClock } from '../async/index.ts';
import type { IoOptions } from '../content/index.ts';
import type { DeploymentRecords } from '../github/index.ts';
import type { StatementRecords } from '../intoto/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { Registry } from '../registry/index.ts';
import type { Relation } from './rules/ancestry-rule.ts';

/** A repository of a registry. */
export interface Place {
  /** `host[:port]`. */
  readonly host: string;
  readonly repository: string;
}

/** How commits stand to each other, as the repository of the sources knows it. */
export interface Ancestry {
  /** How `head` stands to `base`. */
  compareCommits(base: string, head: string, io?: IoOptions): Promise<Relation>;
}

/** Who promotes, where that is known: claims, which the record repeats. */
export interface RunFacts {
  /** What a pull request built is promoted by a run of that ref alone; undefined: no run, and it is not asked. */
  readonly ref: string | undefined;
  readonly actor: string | undefined;
  readonly repository: string | undefined;
  readonly workflow: string | undefined;
  readonly runId: string | undefined;
  readonly runAttempt: string | undefined;
}

export interface PromoteLog {
  info(message: string): void;
  /** What somebody has to allow. */
  notice(message: string): void;
  warning(message: string): void;
}

/** The real things that a promotion works with. */
export interface PromoteDeps extends IoOptions {
  /** The registry of a place; the same one for the same place. */
  readonly openRegistry: (place: Place, access: 'pull' | 'push') => Registry;
  /** In milliseconds since the epoch. */
  readonly clock: RetryClock;
  readonly log: PromoteLog;
  /** Where statements of promotions are filed besides; undefined: nowhere. */
  readonly statements?: StatementRecords | undefined;
  /** Told of what a channel took; undefined: nobody is. */
  readonly deployments?: DeploymentRecords | undefined;
}

/** What a promotion to a channel needs besides. */
export interface ChannelDeps extends PromoteDeps {
  readonly ledger: Ledger;
  readonly ancestry: Ancestry;
  readonly run: RunFacts;
}
