import type { MeterCounts } from '@waybill/testing/fault-proxy';
import type { Way } from './gate.ts';
import type { Sample } from './measure.ts';

/** One run: a key to save under or to look for, and where. */
export interface Run {
  readonly key: string;
  /** Options for Node, before the file's name; only ours takes them. */
  readonly nodeOptions?: readonly string[];
}

/**
 * Somebody who saves the tree of a yard and restores it to a place of its own, measured. Every operation throws where it did not do
 * what it was there for, so that no figure stands for a failure. An operation that is absent is not its business.
 */
export interface Contender {
  readonly name: string;
  /** Ours are what ratios are formed for; the others, with whom. */
  readonly ours: boolean;
  /** Whether it talks to a service: only then it takes part where a link is measured, and its requests are counted. */
  readonly gate?: {
    use(way: Way): void;
    counts(): MeterCounts;
  };
  /** Saves `node_modules` of the source. */
  readonly save?: (run: Run) => Promise<Sample>;
  /** As the step at the beginning of a job whose key is not there: finds the entry of `older`, at the source, where it changes nothing. */
  readonly restorePartly?: (run: Run & { readonly older: string }) => Promise<void>;
  /** Restores to its place. */
  readonly restore?: (run: Run) => Promise<Sample>;
  /** Looks for a key that is not there. */
  readonly miss?: (run: Run) => Promise<Sample>;
  /** Bytes of what it stored, all together. */
  stored(): number;
  /** Empties its store, and lets the machine know nothing. */
  reset(): Promise<void>;
  /** Empties the place that it restores to, and lets the machine know nothing of it. */
  clearPlace(): Promise<void>;
  /** Ends what it started. */
  stop(): Promise<void>;
}
