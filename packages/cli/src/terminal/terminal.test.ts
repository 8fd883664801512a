import { describe, expect, test } from '@jest/globals';
import { WaybillError } from '@waybill/core/errors';
import {
  createPrinter,
  createProgressBar,
  createStyle,
  formatAgo,
  formatFields,
  formatSize,
  formatTable,
  oneLine,
  progressLine,
  wantsColour,
  widthOf,
} from './index.ts';

test.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [1024, '1.0 KiB'],
  [1536, '1.5 KiB'],
  [150 * 1024 ** 2, '150.0 MiB'],
  [1024 ** 2 - 1, '1.0 MiB'],
  [3 * 1024 ** 5, '3072.0 TiB'],
])('%d bytes are %s', (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});

test.each([
  [-5, 'just now'],
  [59_999, 'just now'],
  [3_599_999, '59 min ago'],
  [47 * 3_600_000, '47 h ago'],
  [49 * 3_600_000, '2 d ago'],
])('%d ms are %s', (ms, text) => {
  expect(formatAgo(ms)).toBe(text);
});

describe('a table', () => {
  const columns = [
    { title: 'KEY', align: 'left' },
    { title: 'SIZE', align: 'right' },
  ] as const;

  test('has aligned columns and no blanks at the end of a line', () => {
    expect(
      formatTable(columns, [
        ['deps-1', '9 B'],
        ['a', '12.0 KiB'],
      ]),
    ).toEqual(['KEY         SIZE', 'deps-1       9 B', 'a       12.0 KiB']);
  });

  test('counts what a terminal shows: wide characters twice, colours not at all', () => {
    expect(widthOf('日本')).toBe(4);
    expect(widthOf('e\u0301')).toBe(1);
    expect(widthOf(createStyle(true).red('abc'))).toBe(3);
  });

  test('without rows is nothing', () => {
    expect(formatTable(columns, [])).toEqual([]);
  });

  test('of names and values leaves out what is not known', () => {
    expect(
      formatFields([
        ['a', '1'],
        ['bcd', undefined],
        ['ef', '2'],
      ]),
    ).toEqual(['a   1', 'ef  2']);
  });
});

test('text from outside cannot command the terminal or break a line', () => {
  expect(oneLine('a\n\u001b[31mb\u202e')).toBe('a\u{fffd}b\u{fffd}');
});

test.each([
  [true, {}, true],
  [false, {}, false],
  [true, { NO_COLOR: '1' }, false],
  [true, { NO_COLOR: '' }, true],
  [true, { TERM: 'dumb' }, false],
])('a terminal (%s) with %j has colours: %s', (isTTY, env, expected) => {
  expect(wantsColour({ isTTY }, env)).toBe(expected);
});

describe('progress', () => {
  test('with a total has a bar, without one numbers alone', () => {
    const state = { what: 'restoring', files: 10, bytes: 512 };
    expect(progressLine({ ...state, total: { bytes: 1024 } })).toBe(
      `restoring  [${'#'.repeat(12)}${'-'.repeat(12)}]  50%  10 files  512 B`,
    );
    expect(progressLine(state)).toBe('restoring  10 files  512 B');
    expect(progressLine({ ...state, total: { files: 5 } })).toContain('100%');
    expect(progressLine({ ...state, total: { bytes: 0 } })).toBe('restoring  10 files  512 B');
  });

  test('is drawn at most ten times a second, never wider than the terminal, and goes when it is cleared', () => {
    let time = 0;
    const written: string[] = [];
    const bar = createProgressBar({ write: (text) => written.push(text), columns: 20 }, () => time);
    for (time = 0; time < 250; time += 10) bar.update({ what: 'verifying', files: time, bytes: 0 });
    expect(written).toHaveLength(3);
    expect(written.every((text) => text.replace('\r\u001b[2K', '').length < 20)).toBe(true);
    bar.clear();
    bar.clear();
    expect(written.slice(3)).toEqual(['\r\u001b[2K']);
  });
});

describe('a printer', () => {
  function printerWith(options: { json?: boolean; quiet?: boolean; isTTY?: boolean; env?: Record<string, string> }) {
    const said = { out: '', err: '' };
    const { json = false, quiet = false, isTTY = false, env = {} } = options;
    const print = createPrinter({
      stdout: { write: (text) => (said.out += text), isTTY },
      stderr: { write: (text) => (said.err += text), isTTY },
      env,
      json,
      quiet,
      now: () => 0,
    });
    return { print, said };
  }

  test('writes results to standard output and all else to standard error', () => {
    const { print, said } = printerWith({});
    print.info('meanwhile');
    print.warning('careful');
    print.result({ a: 1 }, ['a is 1']);
    expect(said).toEqual({ out: 'a is 1\n', err: 'meanwhile\nwarning: careful\n' });
  });

  test('with json writes the document instead of the lines', () => {
    const { print, said } = printerWith({ json: true });
    print.result({ a: 1 }, ['a is 1']);
    expect(JSON.parse(said.out)).toEqual({ a: 1 });
  });

  test('when quiet still warns', () => {
    const { print, said } = printerWith({ quiet: true });
    print.info('meanwhile');
    print.warning('careful');
    expect(said.err).toBe('warning: careful\n');
  });

  test('tells code and hint of an error, the place of a bug, and no credential', () => {
    const { print, said } = printerWith({});
    print.error(new WaybillError('STORE_DENIED', 'no: Bearer abcdefghijkl', { kind: 'remote', hint: 'Do this.' }));
    expect(said.err).toBe('error: no: Bearer *** (STORE_DENIED)\n  Do this.\n');
    print.error(new TypeError('oops'));
    expect(said.err).toMatch(/TypeError: oops\n\s+at /);
  });

  test('has a bar on a terminal, not in CI and not where it is quiet', () => {
    expect(printerWith({ isTTY: true }).print.bar).toBeDefined();
    expect(printerWith({ isTTY: false }).print.bar).toBeUndefined();
    expect(printerWith({ isTTY: true, env: { CI: 'true' } }).print.bar).toBeUndefined();
    expect(printerWith({ isTTY: true, quiet: true }).print.bar).toBeUndefined();
  });
});
