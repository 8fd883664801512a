import { describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '@waybill/core/content';
import { createFakeSnapshots } from '@waybill/testing/cache';
import { fakeRunContext } from '@waybill/testing/runner';
import { parseGiven } from '../command/index.ts';
import { tryProgram } from '../testing/index.ts';
import { findCommand } from './find-command.ts';
import { NOUNS, VERBS } from './nouns.ts';

const run = (...args: string[]) =>
  tryProgram(args, {
    store: createMemoryStore({ clock: () => 0 }),
    snapshots: createFakeSnapshots(''),
    context: fakeRunContext(),
    now: () => 0,
  });

const ALL = [...NOUNS.flatMap(({ verbs }) => Object.values(verbs)), ...Object.values(VERBS)];

describe('waybill', () => {
  test.each([[], ['--help'], ['-h'], ['help'], ['help', '--help']])('%j shows what there is', async (...args) => {
    const { code, out } = await run(...args);
    expect(code).toBe(0);
    for (const { name, summary } of ALL) expect(out).toMatch(new RegExp(`\n  ${name} +${summary}\n`));
  });

  test('--version prints the version alone', async () => {
    expect(await run('--version')).toMatchObject({ code: 0, out: '1.2.3\n', err: '' });
    expect((await run('--version', '--json')).json()).toEqual({ version: '1.2.3' });
  });

  test.each([
    [['cahce', 'list'], 'there is no command "cahce", did you mean cache?'],
    [['cache', 'lst'], 'there is no command "lst", did you mean list?'],
    [['list'], 'there is no command "list", did you mean cache list?'],
    [['frobnicate'], 'known are cache, image, record, channel, attach, copy, tree, hash, doctor, help'],
    [['help', 'cache', 'svae'], 'did you mean save?'],
    [['--verison'], 'there is no option "--verison"'],
    [['toString'], 'there is no command "toString"'],
  ])('%j is wrong usage: %s', async (args, why) => {
    expect(await run(...args)).toMatchObject({ code: 2, out: '', err: expect.stringContaining(why) });
  });

  test('with --json an error is a document as well', async () => {
    const { code, json, err } = await run('cache', 'list', '--json', '--lmit', '3');
    expect([code, json()]).toEqual([
      2,
      {
        error: {
          code: 'USAGE',
          message: 'waybill cache list: there is no option --lmit, did you mean --limit?',
          hint: 'Usage: waybill cache list [options]. See `waybill cache list --help`.',
        },
      },
    ]);
    expect(err).toContain('--limit');
  });

  test('help is help wherever it stands, but not after --', () => {
    expect(findCommand(['cache', 'save', 'k', '--help']).kind).toBe('help');
    expect(findCommand(['cache', 'save', 'k', '--', '--help']).kind).toBe('verb');
    expect(findCommand(['cache']).kind).toBe('help');
  });
});

describe.each(ALL.map((verb) => [verb.name, verb] as const))('waybill %s', (name, verb) => {
  test('has a help with usage, all options, examples and exit codes', async () => {
    const { code, out } = await run(...name.split(' '), '--help');
    expect([code, (await run('help', ...name.split(' '))).out]).toEqual([0, out]);
    expect(out).toContain(`Usage: waybill ${name}`);
    for (const option of Object.keys(verb.options)) expect(out).toContain(`--${option}`);
    for (const { line } of verb.examples) expect(out).toContain(line);
    for (const number of ['0', '2', '70', '130']) expect(out).toMatch(new RegExp(`\\n  ${number} +\\w`));
    for (const number of Object.keys(verb.exitCodes)) expect(out).toMatch(new RegExp(`\\n  ${number} +\\w`));
  });

  test('has --json', () => {
    expect(verb.options['json']?.type).toBe('flag');
  });

  test('can do what its examples say', () => {
    for (const { line } of verb.examples) {
      const command = /waybill [^|)]*/.exec(line)?.[0] ?? '';
      const words = [...command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
        (match) => match[1] ?? match[2] ?? match[3] ?? '',
      );
      const args = words.slice(1 + name.split(' ').length);
      expect(words.slice(1).join(' ').startsWith(name)).toBe(true);
      expect(() => parseGiven(verb, args)).not.toThrow();
    }
  });
});
