import { execFileSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

/** A row of its table: the cells after the tool's name. */
function row(output: string, tool: string): readonly string[] {
  const line = output.split('\n').find((each) => each.startsWith(`| ${tool} |`)) ?? '';
  return line
    .split('|')
    .slice(2, -1)
    .map((cell) => cell.trim());
}

test('the benchmark of copies counts for every tool; ours takes at most 40 requests, again at most 6, and keeps all', () => {
  const program = new URL('copies.ts', import.meta.url).pathname;
  const output = execFileSync(process.execPath, ['--conditions=source', program, '--mib', '0.01'], {
    encoding: 'utf8',
  });
  const [requests, , mounts, up, , attached, again] = row(output, 'waybill');
  expect(Number(requests)).toBeLessThanOrEqual(40);
  expect(Number(again)).toBeLessThanOrEqual(6);
  expect([mounts, attached]).toEqual(['17', 'yes']);
  // Manifests, the index of referrers, a tag: no layer.
  expect(Number(up)).toBeLessThan(10_000);
  for (const tool of ['crane copy', 'regctl image copy', 'regctl image copy --referrers', 'skopeo copy --all']) {
    expect(Number(row(output, tool)[0])).toBeGreaterThan(Number(requests));
  }
});
