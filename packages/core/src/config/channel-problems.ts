import { nearest } from '../errors/index.ts';
import type { ChannelRule, Config, ImageRule } from './config.ts';

export interface ChannelProblem {
  /** Into the file. */
  readonly path: readonly string[];
  readonly message: string;
}

/** What a schema cannot say of channels: that they know each other, feed each other in one direction, and share no tag. */
export function channelProblems({ images }: Config): ChannelProblem[] {
  return [
    ...images.flatMap((image) => [...unknownFeeders(image), ...cycles(image), ...soakWithoutFeeders(image)]),
    ...sharedTags(images),
  ];
}

function channelsIn({ channels = {} }: ImageRule): [string, ChannelRule][] {
  return Object.entries(channels);
}

function unknownFeeders(image: ImageRule): ChannelProblem[] {
  const names = channelsIn(image).map(([name]) => name);
  return channelsIn(image).flatMap(([name, { from }]) =>
    from.flatMap((feeder, i) => {
      if (names.includes(feeder)) return [];
      const near = nearest(feeder, names);
      const known = near === undefined ? `known are ${names.join(', ')}` : `did you mean ${JSON.stringify(near)}?`;
      const path = ['images', image.pattern, 'channels', name, 'from', String(i)];
      return [{ path, message: `there is no channel ${JSON.stringify(feeder)} of this image, ${known}` }];
    }),
  );
}

/** Each circle once, at the channel of it that stands first in the file. */
function cycles(image: ImageRule): ChannelProblem[] {
  const rules = new Map(channelsIn(image));
  const done = new Set<string>();
  const problems: ChannelProblem[] = [];
  const visit = (name: string, way: readonly string[]): void => {
    const start = way.indexOf(name);
    if (start !== -1) {
      const circle = [...way.slice(start), name];
      problems.push({
        path: ['images', image.pattern, 'channels', name, 'from'],
        message: `channels feed each other in a circle: ${circle.reverse().join(' → ')}`,
      });
      return;
    }
    if (done.has(name)) return;
    for (const feeder of rules.get(name)?.from ?? []) visit(feeder, [...way, name]);
    done.add(name);
  };
  for (const name of rules.keys()) visit(name, []);
  return problems;
}

/** A rule that is never asked must not look as if it were. */
function soakWithoutFeeders(image: ImageRule): ChannelProblem[] {
  return channelsIn(image).flatMap(([name, { from, soakMs }]) => {
    if (from.length > 0 || soakMs === 0) return [];
    const path = ['images', image.pattern, 'channels', name, 'soak'];
    return [{ path, message: 'soak counts from the channel that a digest comes from, and `from` names none' }];
  });
}

/** Over all images: a channel may have its tag in another one's repository. What a glob stands for is not known. */
function sharedTags(images: readonly ImageRule[]): ChannelProblem[] {
  const owners = new Map<string, { readonly pattern: string; readonly name: string }>();
  return images.flatMap((image) =>
    channelsIn(image).flatMap(([name, rule]) => {
      const place = `${rule.image ?? image.pattern}:${rule.tag ?? name}`;
      const owner = owners.get(place);
      owners.set(place, owner ?? { pattern: image.pattern, name });
      if (owner === undefined) return [];
      const of = owner.pattern === image.pattern ? '' : ` of ${owner.pattern}`;
      const path = ['images', image.pattern, 'channels', name];
      const message = `the channel has the tag of channel ${JSON.stringify(owner.name)}${of}: each needs its own`;
      return [{ path, message }];
    }),
  );
}
