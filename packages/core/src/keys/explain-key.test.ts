import { describe, expect, test } from '@jest/globals';
import { explainKey } from './explain-key.ts';

const hash = (digit: string): string => `sha256:${digit.repeat(64)}`;

describe('the explanation of a key', () => {
  test('is a table of fields and where they came from, and what each restore-key finds', () => {
    const text = explainKey({
      key: 'deps:octo-org/app:linux-x64:node-20:package-lock.json:0123',
      restoreKeys: ['deps:octo-org/app:linux-x64:node-20:package-lock.json:', 'deps:octo-org/app:linux-x64:node-20:'],
      fields: [
        { kind: 'kind', name: '', value: 'deps', source: '' },
        { kind: 'tool', name: 'node', value: '20', source: '`node --version`' },
        { kind: 'lock', name: 'package-lock.json', value: hash('a'), source: 'found in the workspace' },
        { kind: 'env', name: 'CI', value: 'unset', source: 'key-from: env:CI' },
      ],
    });
    expect(text).toBe(
      `
key: deps:octo-org/app:linux-x64:node-20:package-lock.json:0123

field                   value                 from
kind                    deps
tool node               20                    \`node --version\`
lock package-lock.json  sha256:aaaaaaaaaaaa…  found in the workspace
env CI                  unset                 key-from: env:CI

restore-keys:
  deps:octo-org/app:linux-x64:node-20:package-lock.json:  the same lockfiles with other contents
  deps:octo-org/app:linux-x64:node-20:                    other lockfiles, the same tools`.trim(),
    );
  });

  test('is not moved about by what a file name holds', () => {
    const name = 'a\n::warning::b\u001b[2J\u202e';
    const text = explainKey({
      key: 'k',
      restoreKeys: [],
      fields: [{ kind: 'file', name, value: hash('b'), source: name }],
    });
    for (const char of ['\u001b', '\u202e']) expect(text).not.toContain(char);
    expect(text.split('\n')).toHaveLength(6);
  });
});
