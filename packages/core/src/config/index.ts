export { channelOf, channelsOf, imageRuleOf } from './channel-of.ts';
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
export { CONFIG_SCHEMA } from './config-schema.ts';
export { parseConfig } from './parse-config.ts';
export { findYamlFaults, type TextProblem } from './read-yaml.ts';
