import { readdirSync, readFileSync } from 'node:fs';
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
});

/** Pages that show command lines: docs/, the READMEs of the actions, and that of this package. */
const ROOT = new URL('../../../../', import.meta.url);
const PAGES = [
  ...readdirSync(new URL('docs', ROOT))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  ...readdirSync(new URL('actions', ROOT), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'lib')
    .map(({ name }) => `actions/${name}/README.md`),
  'packages/cli/README.md',
];

/** Command lines in its blocks of shell and of steps: up to what a shell reads as its own. */
function commandLines(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```(?:sh|yaml)\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
  return blocks.flatMap((block) =>
    [...block.matchAll(/\bwaybill (?:cache|image|record|channel|attach|copy|tree|hash|doctor)\b[^|&>)\n]*/g)].map(
      ([line]) => line.trim(),
    ),
  );
}

const LINES = PAGES.flatMap((name) =>
  commandLines(readFileSync(new URL(name, ROOT), 'utf8')).map((line): [string, string] => [name, line]),
);

describe('the command lines of the documents', () => {
  test('are many', () => {
    expect(LINES.length).toBeGreaterThan(40);
  });

  test.each(LINES)('%s: %s', (_, line) => {
    const words = [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)].map(
      (match) => match[1] ?? match[2] ?? match[3] ?? '',
    );
    const command = findCommand(words.slice(1));
    expect(command.kind).toBe('verb');
    expect(() => command.kind === 'verb' && command.verb.prepare(command.args)).not.toThrow();
  });
});
