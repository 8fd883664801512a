import { describe, expect, test } from '@jest/globals';
import { TOOL_NAMES, TOOLS, type ToolName } from './tools.ts';

const out = (stdout: string) => ({ stdout, stderr: '' });
const err = (stderr: string) => ({ stdout: '', stderr });

const JAVA_17 = `openjdk version "17.0.15" 2025-04-15
OpenJDK Runtime Environment (build 17.0.15+6-Debian-1deb12u1)
OpenJDK 64-Bit Server VM (build 17.0.15+6-Debian-1deb12u1, mixed mode, sharing)
`;
const JAVA_8 = `openjdk version "1.8.0_412"
OpenJDK Runtime Environment (Temurin)(build 1.8.0_412-b08)
OpenJDK 64-Bit Server VM (Temurin)(build 25.412-b08, mixed mode)
`;
const RUSTC = `rustc 1.95.0 (59807616e 2026-04-14)
binary: rustc
commit-hash: 59807616e1fa2540724bfbac14d7976d7e4a3860
commit-date: 2026-04-14
host: x86_64-unknown-linux-gnu
release: 1.95.0
LLVM version: 22.1.2
`;
const PYPY = `Python 3.10.14 (39dc8d3c85a7, Aug 30 2024, 08:27:45)
[PyPy 7.3.17 with GCC 10.2.1 20210130 (Red Hat 10.2.1-11)]
`;

const ANSWERS: readonly (readonly [
  ToolName,
  { readonly stdout: string; readonly stderr: string },
  string | undefined,
])[] = [
  ['node', out('v20.20.2\n'), '20'],
  ['node', out('v24.21.0\r\n'), '24'],
  ['node', out('v26.0.0-nightly20260101abcdef0123\n'), '26.0.0-nightly20260101abcdef0123'],
  ['npm', out('11.19.1\n'), '11'],
  ['pnpm', out('9.15.9\n'), '9'],
  ['pnpm', out('11.0.0-rc.1\n'), '11.0.0-rc.1'],
  ['yarn', out('1.22.22\n'), '1'],
  ['yarn', out('4.18.1\n'), '4'],
  ['bun', out('1.4.5\n'), '1.4'],
  ['go', out('go1.26.8\n'), '1.26.8'],
  ['go', out('go1.26.8 X:nogreenteagc\n'), '1.26.8 X:nogreenteagc'],
  ['go', out('devel go1.27-2f1ca3a Tue Sep 1\n'), 'devel go1.27-2f1ca3a Tue Sep 1'],
  ['rustc', out(RUSTC), '1.95.0'],
  ['rustc', out(RUSTC.replaceAll('1.95.0', '1.97.0-nightly')), '1.97.0-nightly.59807616e'],
  ['rustc', out('release: 1.63.0\ncommit-hash: unknown\n'), '1.63.0'],
  ['cargo', out('cargo 1.95.0 (f2d3ce0bd 2026-03-21)\n'), '1.95.0'],
  ['python', out('Python 3.11.7\n'), '3.11'],
  ['python', out('Python 3.15.0a2\n'), '3.15.0a2'],
  ['python', out('Python 3.13.0+\n'), '3.13'],
  ['python', err('Python 2.7.18\n'), '2.7'],
  ['python', out(PYPY), 'pypy-3.10'],
  ['pip', out('pip 23.2.1 from /root/.pyenv/versions/3.11.7/lib/python3.11/site-packages/pip (python 3.11)\n'), '23.2'],
  ['pipenv', out('pipenv, version 2026.10.3\n'), '2026.10'],
  ['poetry', out('Poetry (version 2.5.1)\n'), '2.5'],
  ['uv', out('uv 0.13.9 (x86_64-unknown-linux-gnu)\n'), '0.13'],
  ['ruby', out('ruby 3.2.2 (2023-03-30 revision e51014f9c0) [x86_64-linux]\n'), '3.2'],
  ['ruby', out('ruby 3.5.0dev (2025-06-01T00:00:00Z master 0123456789) +PRISM [x86_64-linux]\n'), '3.5.0dev'],
  ['ruby', out('jruby 9.4.5.0 (3.1.4) 2023-11-02 1abae2700f OpenJDK 64-Bit Server VM [x86_64-linux]\n'), 'jruby-9.4'],
  ['ruby', out('truffleruby 24.1.0, like ruby 3.2.4, Oracle GraalVM Native [x86_64-linux]\n'), 'truffleruby-24.1'],
  ['bundler', out('Bundler version 2.5.22\n'), '2'],
  ['bundler', out('4.0.1\n'), '4'],
  ['php', out('PHP 8.2.29 (cli) (built: Jul  3 2025 16:29:02) (NTS)\nCopyright (c) The PHP Group\n'), '8.2'],
  ['php', out('PHP 8.1.2-1ubuntu2.14 (cli)\n'), '8.1'],
  ['php', out('PHP 8.4.0RC1 (cli)\n'), '8.4.0RC1'],
  ['composer', out('Composer version 2.8.1 2024-10-04 11:31:01\nPHP version 8.2.29 (/usr/bin/php8.2)\n'), '2'],
  ['java', err(JAVA_17), '17'],
  ['java', err(`Picked up JAVA_TOOL_OPTIONS: -Xmx1g\n${JAVA_8}`), '8'],
  ['java', err('openjdk version "24-ea" 2025-03-18\n'), '24-ea'],
  ['java', err('java version "21" 2023-09-19 LTS\n'), '21'],
  ['dotnet', out('8.0.404\n'), '8.0'],
  ['dotnet', out('10.0.100-rc.2.25502.107\n'), '10.0.100-rc.2.25502.107'],
  ['gcc', out('12.2.0\n'), '12.2.0'],
];

describe('the version of a tool', () => {
  test.each(ANSWERS)('of %s, read from %j, counts as %j', (tool, output, expected) => {
    expect(TOOLS[tool].read(output)).toBe(expected);
  });

  test('is read from a coloured answer too', () => {
    expect(TOOLS.node.read(out('\u001b[1mv20.20.2\u001b[m\n'))).toBe('20');
  });

  test('has an example here of every known tool', () => {
    expect([...new Set(ANSWERS.map(([tool]) => tool))].sort()).toEqual(TOOL_NAMES);
  });

  test.each(TOOL_NAMES)('of %s is none in an answer without one', (tool) => {
    expect(TOOLS[tool].read(out(''))).toBeUndefined();
    if (tool !== 'go') expect(TOOLS[tool].read(out('Welcome! Run `setup` first.\n'))).toBeUndefined();
  });
});
