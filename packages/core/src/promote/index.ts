export { type ChannelStatus, channelStatus, type StatusOptions } from './channel-status.ts';
export { type ComparedStatements, compareStatements } from './compare-statements.ts';
export type {
  Ancestry,
  ChannelDeps,
  Place,
  PromoteDeps,
  PromoteLog,
  RunFacts,
} from './deps.ts';
export { findChannel, type LedgerSite } from './ledger-site.ts';
export {
  type OpenedPromotionSite,
  type OpenPromotionSiteOptions,
  openPromotionSite,
} from './open-promotion-site.ts';
export type { Moved, PromotionOutcome, PromotionPlan, Repair } from './outcome.ts';
export {
  type PromoteRequest,
  type PromotionSite,
  promote,
  type RollbackOrder,
  rollbackChannel,
  type Source,
} from './promote.ts';
export { type CopySums, copySums, promotedReference, promotionDocument } from './promotion-document.ts';
export { planLines, promotionSummary, resultOf } from './promotion-summary.ts';
export { type FiledCopies, readFiledCopies } from './read-filed-copies.ts';
export { refusal } from './refusal.ts';
export { type RepairRequest, repairChannel } from './repair-channel.ts';
export type { Relation } from './rules/ancestry-rule.ts';
export { allows, type RuleName, type RuleVerdict } from './rules/verdict.ts';
export { entryFiledAs, factsOfEntry } from './statement/file-entry.ts';
export {
  encodePromotionStatement,
  PROMOTION_ARTIFACT_TYPE,
  PROMOTION_PREDICATE_TYPE,
  type PromotionClaim,
} from './statement/promotion-statement.ts';
export { promotionTag } from './statement/promotion-tag.ts';
export { formatTarget, parseTarget, type Target } from './target.ts';
