import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { parseDockerIgnore } from '@waybill/core/image';
import fc from 'fast-check';
import { toolPath } from '../../scripts/tools.mjs';

/** What the library that BuildKit uses leaves out, of each of these; an error where it refuses the patterns. */
async function ask(
  questions: readonly { readonly ignore: string; readonly paths: readonly string[] }[],
): Promise<readonly (readonly string[] | { readonly error: string })[]> {
  const { stdout, stderr } = spawnSync(await toolPath('dockerignore'), {
    input: questions.map((question) => JSON.stringify(question)).join('\n'),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (stderr !== '') throw new Error(stderr);
  return stdout
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as readonly string[] | { readonly error: string });
}

const word = fc.constantFrom('a', 'b', 'ab', 'dist', 'a.b', 'a+b', '(a)', 'ä', '{x}', '^', '-', '🐳', 'a b');
const piece = fc.oneof(
  word,
  fc.constantFrom(
    '*',
    '**',
    '?',
    '[ab]',
    '[^a]',
    '[a-c]',
    '\\a',
    '\\*',
    '\\.',
    '*.b',
    '**b',
    'a**',
    '..',
    '.',
    '',
    ']',
  ),
);
const sound = fc
  .tuple(
    fc.constantFrom('', '', '', '!', '/', '! ', '#', ' ', '!/'),
    fc.array(piece, { minLength: 1, maxLength: 4 }),
    fc.constantFrom('', '', '/', ' ', '\r'),
  )
  .map(([start, pieces, end]) => `${start}${pieces.join('/')}${end}`);
// Behind a wildcard the library misses some of these; here they are told wherever they stand.
const spoilt = fc.constantFrom('[', '[a', '[]', '[a-]', '[-a]', '[^]', 'a\\', '!', '! ');
const line = fc.oneof({ weight: 30, arbitrary: sound }, { weight: 1, arbitrary: spoilt });
const question = fc.record({
  ignore: fc.array(line, { maxLength: 5 }).map((lines) => lines.join('\n')),
  paths: fc.array(
    fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('/')),
    { minLength: 5, maxLength: 20 },
  ),
});

test('.dockerignore is read as the library of BuildKit reads it', async () => {
  const questions = fc.sample(question, 5000);
  const answers = await ask(questions);
  expect(answers).toHaveLength(questions.length);
  let refused = 0;
  questions.forEach(({ ignore, paths }, at) => {
    const expected = answers[at];
    let found: readonly string[] | 'refused';
    try {
      const rules = parseDockerIgnore(ignore, '.dockerignore');
      found = paths.filter((path) => rules.leavesOut(path));
    } catch {
      found = 'refused';
    }
    if (expected === undefined || 'error' in expected) refused += 1;
    expect({ ignore, paths, out: found }).toEqual({
      ignore,
      paths,
      out: expected === undefined || 'error' in expected ? 'refused' : expected,
    });
  });
  // Both kinds of answers were compared.
  expect(refused).toBeGreaterThan(100);
  expect(refused).toBeLessThan(questions.length / 2);
});

test('what is known to be left out as a whole has nothing that gets in', async () => {
  const questions = fc.sample(question, 2000);
  const answers = await ask(questions);
  questions.forEach(({ ignore, paths }, at) => {
    const out = answers[at];
    if (out === undefined || 'error' in out) return;
    const rules = parseDockerIgnore(ignore, '.dockerignore');
    for (const path of paths) {
      const folders = path
        .split('/')
        .map((_, depth, parts) => parts.slice(0, depth).join('/'))
        .slice(1);
      if (folders.some((folder) => rules.leavesOutAllBelow(folder)))
        expect({ ignore, path, out }).toMatchObject({ out: expect.arrayContaining([path]) });
    }
  });
});
