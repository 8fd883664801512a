export { channelOf, channelsOf, imageRuleOf } from './channel-of.ts';
export {
  type AlarmRules,
  type CacheRules,
  type Channel,
  type ChannelRule,
  CONFIG_PATH,
  type Config,
  type ImageRule,
  type KeyRule,
  type Requirement,
  type SignerRule,
  type TrustRules,
} from './config.ts';
export { CONFIG_SCHEMA } from './config-schema.ts';
export { parseConfig } from './parse-config.ts';
export { findYamlFaults, type TextProblem } from './read-yaml.ts';
