import { expect, test } from '@jest/globals';
import { reportProgress } from './progress.ts';

test('long work says where it is, at most every five seconds; short work says nothing', () => {
  const lines: string[] = [];
  const log = { info: (line: string) => lines.push(line), notice: () => undefined, warning: () => undefined };
  let time = 1000;
  const report = reportProgress(log, () => time, 'restored');
  for (let files = 0; files <= 12; files++) {
    report({ files, bytes: files * 1024 });
    time += 1000;
  }
  expect(lines).toEqual(['restored 5 files, 5.0 KiB so far', 'restored 10 files, 10.0 KiB so far']);
});
