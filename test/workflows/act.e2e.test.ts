import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type ActSite, openActSite } from './act.ts';
import { parseActLog } from './act-log.ts';

describe('the rig around act', () => {
  let site: ActSite;
  let repository: string;
  beforeAll(() => {
    site = openActSite();
    repository = join(site.base, 'repository');
    mkdirSync(join(repository, '.github', 'workflows'), { recursive: true });
    const steps = ['uses: actions/checkout@v6', 'run: env', 'run: sleep 60']
      .map((step) => `      - ${step}\n`)
      .join('');
    const workflow = `name: slow\non: push\njobs:\n  job:\n    runs-on: ubuntu-latest\n    steps:\n${steps}`;
    writeFileSync(join(repository, '.github', 'workflows', 'slow.yml'), workflow);
  });
  afterAll(() => site?.remove());

  test('gives up a run that takes too long, and shows what it printed', async () => {
    await expect(site.run({ repository, timeLimitMs: 2000 })).rejects.toThrow('act did not end within 2 s:\n{');
  });

  test('keeps the variables of the machine from the jobs, and tells them where they are', async () => {
    process.env['OF_THIS_MACHINE'] = 'yes';
    try {
      const stop = new AbortController();
      const run = await site.run({
        repository,
        signal: stop.signal,
        onOutput: (text) => {
          if (text.includes('Run Main sleep 60')) stop.abort();
        },
      });
      expect(run.exitCode).toBeUndefined();
      const { log } = run.step('slow/job', '1');
      expect(log).toContain('GITHUB_REPOSITORY=octo-org/app\n');
      expect(log).toContain('GITHUB_REF=refs/heads/main\n');
      expect(log).toContain(`STORE=dir:${site.store}\n`);
      expect(log).not.toContain('OF_THIS_MACHINE');
    } finally {
      delete process.env['OF_THIS_MACHINE'];
    }
  });
});

describe('parseActLog', () => {
  const line = (fields: object) => JSON.stringify({ job: 'w/j  ', stage: 'Main', stepID: ['a', 'b'], ...fields });

  test('gathers what a step printed, set and added, by the path of its id', () => {
    const text = [
      'Error: no JSON',
      '{ broken',
      line({ raw_output: true, msg: 'one\n' }),
      line({ command: 'set-output', name: 'x', arg: '1' }),
      line({ command: 'warning', arg: 'careful', kvPairs: { title: 'T' } }),
      line({ command: 'summary', content: '# sum\n' }),
      line({ stepResult: 'failure' }),
      JSON.stringify({ job: 'w/j', jobResult: 'failure' }),
    ].join('\n');
    expect([...parseActLog(text).values()]).toEqual([
      {
        name: 'w/j',
        result: 'failure',
        steps: [
          {
            id: 'a/b',
            stage: 'Main',
            result: 'failure',
            outputs: { x: '1' },
            annotations: [{ level: 'warning', title: 'T', message: 'careful' }],
            summary: '# sum\n',
            log: 'one\n',
          },
        ],
      },
    ]);
  });
});
