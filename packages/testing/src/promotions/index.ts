export {
  commitAt,
  openPromotionStage,
  type PromotionStage,
  type PromotionStageOptions,
  type SiteOptions,
} from './promotion-stage.ts';
