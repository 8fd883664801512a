import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { EXIT_CODES } from '../command/index.ts';
import { findCommand } from './find-command.ts';
import { NOUNS, VERBS } from './nouns.ts';

const PAGE = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');
const VERB_LIST = [...NOUNS.flatMap(({ verbs }) => Object.values(verbs)), ...Object.values(VERBS)];

describe('docs/cli.md', () => {
  test.each(VERB_LIST.map(({ name, summary }) => [name, summary]))(
    'has %s in its table, and a section',
    (name, summary) => {
      expect(PAGE).toContain(`| [\`waybill ${name}\`](#waybill-${name.replaceAll(' ', '-')}) | ${summary} |`);
      expect(PAGE).toContain(`\n## waybill ${name}\n`);
    },
  );

  test('has all exit codes, in the words of the help', () => {
    const rows = [...PAGE.matchAll(/^\| (\d+) \| (.*) \|$/gm)].map(([, code, text]) => [code, text]);
    expect(rows).toEqual(Object.entries(EXIT_CODES));
  });

  const blocks = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, block]) => block ?? '');
  const lines = blocks.flatMap((block) =>
    [...block.matchAll(/waybill (?:cache|doctor)[^|)\n]*/g)].map(([line]) => line.trim()),
  );

  test('has examples', () => {
    expect(lines.length).toBeGreaterThan(15);
  });

  test.each(lines)('%s is a command line', (line) => {
    const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
      (match) => match[1] ?? match[2] ?? match[3] ?? '',
    );
    const command = findCommand(words.slice(1));
    expect(command.kind).toBe('verb');
    expect(() => command.kind === 'verb' && command.verb.prepare(command.args)).not.toThrow();
  });
});
