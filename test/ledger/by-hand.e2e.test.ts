import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { buildFiledAs, encodeBuildStatement } from '@waybill/core/image';
import { statementName } from '@waybill/core/intoto';
import type { BuildRecord, ChannelEntry } from '@waybill/core/ledger';
import { hexOf } from '@waybill/core/oci';
import { gitEnv, runGit } from '@waybill/testing/git';
import { CHANNEL, CHANNEL_REF, digestNamed, draftOf, IMAGE, type LedgerSite, ledgerSite } from './ledger-site.ts';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/ledger.md'), 'utf8');
const COMMIT = 'c'.repeat(40);
const DIGEST = digestNamed('built');
const RECORD: BuildRecord = {
  schemaVersion: 1,
  kind: 'build',
  image: IMAGE,
  identity: 'a'.repeat(64),
  digest: DIGEST,
  recordedAt: '2026-11-25T12:00:00.000Z',
  commit: COMMIT,
  commitMessage: 'für alle: "quoted" \\ and </b>',
};

/** The blocks of shell below a heading of the page, up to the next one. */
function blocksBelow(heading: string): readonly string[] {
  const section = PAGE.split(/^##+ /m).find((part) => part.startsWith(`${heading}\n`)) ?? '';
  return [...section.matchAll(/^```sh\n([\s\S]*?)^```/gm)].map(([, block = '']) => block);
}

describe('docs/ledger.md', () => {
  let site: LedgerSite;
  let entries: ChannelEntry[];
  beforeEach(async () => {
    site = ledgerSite();
    const { builds, channels } = site.open().ledger;
    await builds.put(RECORD);
    entries = [];
    for (const name of ['a', 'built', 'c']) {
      const result = await channels.append(IMAGE, CHANNEL, draftOf(digestNamed(name)), { expected: entries.at(-1) });
      if (result.appended) entries.push(result.entry);
    }
  });
  afterEach(() => site.dispose());

  const shell = (script: string, more: Readonly<Record<string, string>> = {}) =>
    execFileSync('bash', ['-euo', 'pipefail', '-c', script], {
      cwd: site.folder,
      encoding: 'utf8',
      env: {
        ...gitEnv(),
        REPOSITORY: site.repository,
        IMAGE: 'ghcr_2eio_2focto-org_2fapp',
        CHANNEL,
        COMMIT,
        HEX: hexOf(DIGEST),
        ...more,
      },
    });
  const [all = '', record = '', channel = '', index = ''] = blocksBelow('By git alone');
  const [chain = ''] = blocksBelow('The chain by hand');
  const [asset = ''] = blocksBelow('An asset by hand');

  test('reads the whole ledger by git alone', () => {
    const refs = shell(all);
    expect(refs).toContain(`refs/waybill/build/ghcr_2eio_2focto-org_2fapp/${RECORD.identity}\n`);
    expect(refs).toContain(`${CHANNEL_REF}\n`);
    // By the digest and by the commit.
    const records = shell(record).split(/(?<=^}\n)/m);
    expect(records.map((text): unknown => JSON.parse(text))).toEqual([RECORD, RECORD]);
    const said = shell(channel);
    expect(said).toContain('"sequence": 3');
    expect(said).toContain(`promotion 1 of ${IMAGE} in ${CHANNEL}: ${digestNamed('a')}\n`);
    expect(JSON.parse(shell(index))).toMatchObject({ first: { sequence: 2 }, latest: { sequence: 2 } });
  });

  test('checks a chain by hand, and finds a record that was edited', () => {
    shell(all);
    expect(shell(chain)).toBe(entries.map(({ commit }) => `ok    ${commit}\n`).join(''));
    // The record of 2 edited, 3 put on it again.
    const git = (args: readonly string[], input?: string) => runGit(site.repository, args, input);
    const [first, second, third] = entries.map(({ commit }) => commit);
    const forge = (like: string, parent: string, edit: (text: string) => string) => {
      const blob = git(['hash-object', '-w', '--stdin'], edit(`${git(['show', `${like}:record.json`])}\n`));
      const tree = git(['ls-tree', like]).replace(/\S+(?=\trecord\.json)/, blob);
      return git(['commit-tree', '-m', 'x', '-p', parent, git(['mktree'], `${tree}\n`)]);
    };
    const edited = forge(second ?? '', first ?? '', (text) => text.replace('stable', 'latest'));
    git(['update-ref', CHANNEL_REF, forge(third ?? '', edited, (text) => text)]);
    shell('rm -r ledger');
    shell(all);
    expect(
      shell(chain)
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['ok', 'ok', 'WRONG', '']);
  });

  test('checks an asset by hand', () => {
    shell(all);
    const file = join(site.folder, statementName(buildFiledAs(RECORD).name));
    writeFileSync(file, encodeBuildStatement(RECORD));
    expect(shell(asset, { ASSET: file })).toBe(
      'its bytes are those of its name\nit is about the digest\nthe ledger has it just so\n',
    );
    writeFileSync(file, encodeBuildStatement({ ...RECORD, commit: 'd'.repeat(40) }));
    expect(() => shell(asset, { ASSET: file })).toThrow();
  });
});
