import type { IoOptions } from '../../content/index.ts';
import type { Builds } from '../../ledger/index.ts';
import type { Claims } from '../claims/claim.ts';

/** One place of records of builds, and of claims on builds. */
export interface RecordPlace {
  /** `atomic`: of runs that race one claims, and one record stands. `hint`: two may believe that they claimed. */
  readonly guarantee: 'atomic' | 'hint';
  /** As a person would write it, without credentials. */
  readonly shown: string;
  readonly builds: Builds;
  claims(image: string, identity: string): Claims;
  /** @throws WaybillError `LEDGER_DENIED`, `STORE_DENIED` where this run may not write there */
  assertWritable(options?: IoOptions): Promise<void>;
  /** How a person takes a record away, so that it is built anew: a command, or a sentence. */
  howToForget(image: string, identity: string): string;
}
