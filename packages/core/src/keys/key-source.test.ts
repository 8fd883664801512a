import { describe, expect, test } from '@jest/globals';
import { parseKeyFrom, parsePreset } from './key-source.ts';
import { PRESET_NAMES } from './presets.ts';
import { TOOL_NAMES } from './tools.ts';

describe('a preset', () => {
  test.each(PRESET_NAMES)('%s is known', (name) => {
    expect(parsePreset(name)).toEqual({ ok: true, value: name });
  });

  test.each(['foo', 'NPM', '', 'constructor', '__proto__'])(
    '%j is not, and the message lists those that are',
    (name) => {
      const parsed = parsePreset(name);
      expect(parsed).toMatchObject({ ok: false, why: 'there is no such preset', example: 'npm' });
      if (!parsed.ok) expect(parsed.accepted.match(/`([a-z]+)`/g)).toHaveLength(PRESET_NAMES.length);
    },
  );
});

describe('a line of key-from', () => {
  test('is a lockfile, a tool, a variable or a file', () => {
    const lines = ['lock:Cargo.lock', ' tool: rustc ', 'env:NODE_ENV', 'file:scripts/**', '', '# a remark', 'file:a:b'];
    expect(parseKeyFrom(lines)).toEqual({
      ok: true,
      value: [
        { kind: 'lock', pattern: 'Cargo.lock' },
        { kind: 'tool', tool: 'rustc' },
        { kind: 'env', name: 'NODE_ENV' },
        { kind: 'file', pattern: 'scripts/**' },
        { kind: 'file', pattern: 'a:b' },
      ],
    });
  });

  test.each([
    ['Cargo.lock', 'it starts with none of `lock:`, `tool:`, `env:`, `file:`'],
    ['hash:Cargo.lock', 'it starts with none of `lock:`, `tool:`, `env:`, `file:`'],
    ['lock:', 'nothing follows `lock:`'],
    ['file:', 'nothing follows `file:`'],
    ['file:!a', 'nothing can be left out with `!`; name what counts'],
    ['tool:perl', 'no tool of that name is known; known are `bun`, `bundler`'],
    ['tool:toString', 'no tool of that name is known'],
    ['env:', 'this is not the name of a variable'],
    ['env:A B', 'this is not the name of a variable'],
    ['env:A=1', 'this is not the name of a variable'],
  ])('%j is wrong: %s', (line, why) => {
    expect(parseKeyFrom([line])).toMatchObject({
      ok: false,
      why: expect.stringContaining(`${JSON.stringify(line)}: ${why}`),
      accepted: '`lock:GLOB`, `tool:NAME`, `env:NAME` and `file:GLOB`, one a line',
      example: 'lock:Cargo.lock',
    });
  });

  test('tells all that is wrong at once, and every known tool', () => {
    const parsed = parseKeyFrom(['tool:perl', 'lock:a', 'nothing']);
    expect(parsed.ok ? '' : parsed.why).toMatch(/^"tool:perl": .*; "nothing": /);
    for (const tool of TOOL_NAMES) expect(parsed.ok ? '' : parsed.why).toContain(`\`${tool}\``);
  });
});
