import { WaybillError } from '../errors/index.ts';
import type { Channel, ChannelRule, Config, ImageRule } from './config.ts';
import { matchesImage, weightOf } from './image-pattern.ts';

const RULE = { require: 'integrity', soakMs: 0, evidence: [] } as const;

/** Without a file, and for images that a file says nothing of: what is tested goes on, step by step. */
const BUILT_IN: Readonly<Record<string, ChannelRule>> = {
  dev: { ...RULE, from: [] },
  staging: { ...RULE, from: ['dev'] },
  production: { ...RULE, from: ['staging'] },
};

/**
 * What the file says of this image: the entry whose pattern matches and says most. A name says more than a pattern, more
 * letters more than fewer, `*` more than `**`.
 * @throws WaybillError `CONFIG_AMBIGUOUS` (user) where two say as much
 */
export function imageRuleOf(config: Config | undefined, image: string): ImageRule | undefined {
  const matching = (config?.images ?? []).filter(({ pattern }) => matchesImage(pattern, image));
  const [best, second] = matching.sort((a, b) => compare(weightOf(b.pattern), weightOf(a.pattern)));
  if (best !== undefined && second !== undefined && compare(weightOf(best.pattern), weightOf(second.pattern)) === 0) {
    throw new WaybillError(
      'CONFIG_AMBIGUOUS',
      `${config?.file ?? ''}: both ${JSON.stringify(best.pattern)} and ${JSON.stringify(second.pattern)} are for ${image}, and neither says more`,
      { kind: 'user', hint: 'Name the image itself, or make one of the patterns longer.' },
    );
  }
  return best;
}

/** The channels of an image, in the order of the file. @throws as {@link imageRuleOf} */
export function channelsOf(config: Config | undefined, image: string): readonly Channel[] {
  const rules = imageRuleOf(config, image)?.channels ?? BUILT_IN;
  return Object.entries(rules).map(([name, rule]) => ({
    name,
    from: rule.from,
    require: rule.require,
    soakMs: rule.soakMs,
    image: rule.image ?? image,
    tag: rule.tag ?? name,
    evidence: rule.evidence,
  }));
}

/** The channel of an image; undefined where it has none of this name. @throws as {@link imageRuleOf} */
export function channelOf(config: Config | undefined, image: string, channel: string): Channel | undefined {
  return channelsOf(config, image).find(({ name }) => name === channel);
}

function compare(a: readonly [number, number], b: readonly [number, number]): number {
  return a[0] - b[0] || a[1] - b[1];
}
