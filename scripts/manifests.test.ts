import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { type ActionSources, checkAction, checkManifests, checkRoot, readTable } from './manifests.ts';

const MANIFEST = `name: Example
description: An example
author: Waybill contributors
branding: { icon: package, color: blue }
inputs:
  path: { description: What to save, required: true }
  level: { description: How hard, default: auto }
outputs:
  result: { description: What happened }
runs:
  using: node24
  main: ../../dist/example/main.js
  post: ../../dist/example/post.js
`;

const README = `# example

## Inputs

| Input | Meaning | Default |
| --- | --- | --- |
| \`path\` | what to save | |
| \`level\` | how hard: \`1\\|2\` | \`auto\` |

## Outputs

| Output | Meaning |
| --- | --- |
| \`result\` | what happened |
`;

const GOOD: ActionSources = {
  name: 'example',
  manifest: MANIFEST,
  manifestPath: 'actions/example/action.yml',
  readme: README,
  inputNames: ['path', 'level'],
  outputNames: ['result'],
  stubs: ['example/main.js', 'example/post.js'],
};

describe('action.yml, inputs.ts and README.md', () => {
  test('agree for every action of this repository', async () => {
    expect(await checkManifests(path.dirname(import.meta.dirname))).toEqual([]);
  });

  test('agree in an action that says the same thing three times', () => {
    expect(checkAction(GOOD)).toEqual([]);
  });

  test.each<[string, Partial<ActionSources>, string]>([
    ['an input that inputs.ts does not read', { inputNames: ['path'] }, 'inputs.ts lacks level of inputs'],
    [
      'an input that action.yml does not declare',
      { inputNames: ['path', 'level', 'key'] },
      'inputs.ts has key, which inputs lacks',
    ],
    ['an output that is never set', { outputNames: [] }, 'inputs.ts lacks result of outputs'],
    ['an undocumented input', { readme: README.replace(/^\| `level`.*\n/m, '') }, 'README.md lacks level of inputs'],
    [
      'an invented output',
      { readme: README.replace('`result`', '`outcome`') },
      'README.md has outcome, which outputs lacks',
    ],
    [
      'another default',
      { readme: README.replace('`auto`', '`fast`') },
      'the default of level is "auto", README.md says "fast"',
    ],
    ['no column of defaults', { readme: README.replace('Default', 'Else') }, 'README.md has no column Default'],
    ['no README.md', { readme: undefined }, 'has no README.md'],
    ['no author', { manifest: MANIFEST.replace(/author.*\n/, '') }, 'lacks author'],
    ['no branding', { manifest: MANIFEST.replace(/branding.*\n/, '') }, 'lacks branding'],
    [
      'an input without a description',
      { manifest: MANIFEST.replace('description: How hard, ', '') },
      'input level has no description',
    ],
    ['an old Node', { manifest: MANIFEST.replace('node24', 'node20') }, 'runs.using is node20'],
    [
      'the stub of another action',
      { manifest: MANIFEST.replace('example/main', 'cache/main') },
      'runs.main is ../../dist/cache/main.js',
    ],
    ['a stub that is not built', { stubs: ['example/main.js'] }, 'which the build does not make'],
    ['no main', { manifest: MANIFEST.replace(/ {2}main.*\n/, '') }, 'runs.main is , expected'],
  ])('do not agree with %s', (_what, change, message) => {
    expect(checkAction({ ...GOOD, ...change }).join('\n')).toContain(message);
  });

  test('read a table below its own heading only', () => {
    expect(readTable(README, 'Inputs')?.map((row) => row.name)).toEqual(['path', 'level']);
    expect(readTable(README, 'Outputs')).toEqual([{ name: 'result', default: undefined }]);
    expect(readTable(README, 'Nothing')).toBeUndefined();
  });
});

describe('the action.yml at the root', () => {
  const root = MANIFEST.replaceAll('../../dist', 'dist');

  test('is that of cache with the paths of the root', () => {
    expect(checkRoot(root, MANIFEST)).toEqual([]);
  });

  test('may not differ from it, and the line is told', () => {
    expect(checkRoot(root.replace('How hard', 'How'), MANIFEST)).toEqual([expect.stringContaining('in line 7')]);
    expect(checkRoot(`${root}x: y\n`, MANIFEST)).toHaveLength(1);
  });
});
