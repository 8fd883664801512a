import { expect, test } from '@jest/globals';
import { imageLabels } from './labels.ts';

const FACTS = {
  image: 'ghcr.io/octo-org/app',
  serverUrl: 'https://github.com',
  repository: 'octo-org/App',
  commit: 'c'.repeat(40),
  ref: 'refs/tags/v1.2.3',
  now: Date.UTC(2026, 0, 2, 3, 4, 5),
};

test('S1-11: labels are derived from the run', () => {
  expect(imageLabels([], FACTS)).toEqual([
    'org.opencontainers.image.created=2026-01-02T03:04:05.000Z',
    `org.opencontainers.image.revision=${'c'.repeat(40)}`,
    'org.opencontainers.image.source=https://github.com/octo-org/App',
    'org.opencontainers.image.title=App',
    'org.opencontainers.image.url=https://github.com/octo-org/App',
    'org.opencontainers.image.version=v1.2.3',
  ]);
});

test('what is given wins, what is not known is left out', () => {
  const facts = { ...FACTS, serverUrl: undefined, repository: undefined, commit: undefined, ref: 'refs/heads/main' };
  expect(imageLabels(['org.opencontainers.image.created=never', 'a=b=c'], facts)).toEqual([
    'org.opencontainers.image.title=app',
    'org.opencontainers.image.created=never',
    'a=b=c',
  ]);
});
