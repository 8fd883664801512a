export { compareWithCopies, type RecordCopy } from './compare-with-copies.ts';
export { createLedger } from './create-ledger.ts';
export type { LedgerFinding, LedgerFindingCode } from './finding.ts';
export type {
  Appearance,
  AppendOptions,
  AppendResult,
  Builds,
  ChannelEntry,
  Channels,
  DigestFacts,
  Ledger,
  ListedChannel,
  ListOptions,
} from './ledger.ts';
export type { LocalRecords, Seen } from './local-copy-json.ts';
export { type LocalCopy, type LocalCopyOptions, openLocalCopy } from './open-local-copy.ts';
export { recordFinding } from './record-finding.ts';
export { encodeBuildRecord, encodeChannelRecord, parseBuildRecord, parseChannelRecord } from './record-json.ts';
export { isOfAnotherPull, isOfPullRequest, onlyOfPulls } from './record-origin.ts';
export type {
  BaseImage,
  BuildFacts,
  BuildRecord,
  ChannelDraft,
  ChannelRecord,
  RecordedConfig,
  RecordedEvidence,
  RecordedGate,
  RecordedPlace,
} from './records.ts';
export { buildRef, channelRef, refComponent } from './ref-name.ts';
export { BUILD_RECORD_SCHEMA } from './schemas/build-record.ts';
export { PROMOTION_RECORD_SCHEMA } from './schemas/promotion-record.ts';
