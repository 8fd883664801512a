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
} from './ledger.ts';
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
