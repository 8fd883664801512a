export type {
  AlarmRules,
  CacheRules,
  Channel,
  ChannelRule,
  Config,
  ImageRule,
  KeyRule,
  Requirement,
  SignerRule,
  TrustRules,
} from './config.ts';
