import type { Channel } from '../config/index.ts';
import type { RecordedConfig } from '../ledger/index.ts';
import type { Digest } from '../oci/index.ts';
import type { Place } from './deps.ts';

/** A digest that is to enter a channel. */
export interface ChannelRequest {
  /** Where the digest is now. */
  readonly source: Place;
  readonly digest: Digest;
  /** The commit that it was asked for by, where it was. */
  readonly commit: string | undefined;
  /** `host/repository` whose channel it is. */
  readonly image: string;
  readonly channel: Channel;
  /** Of the channels that it takes from only this one counts. */
  readonly via: string | undefined;
  /** The file that said so. */
  readonly config: RecordedConfig | undefined;
  readonly referrers: 'all' | 'none';
  /** Whether a statement is attached to what the channel takes, and filed where there is a log for it. */
  readonly statement: boolean;
  readonly allowDiverged: boolean;
  readonly dryRun: boolean;
}
