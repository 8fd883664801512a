import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type ChannelEntry, compareWithCopies, type Ledger } from '@waybill/core/ledger';
import { runGit } from '@waybill/testing/git';
import { collectAll } from '@waybill/testing/ref-store-suite';
import { CHANNEL, CHANNEL_REF, digestNamed, draftOf, IMAGE, type LedgerSite, ledgerSite } from './ledger-site.ts';

/** Somebody who may write the repository, with git alone. */
describe('a ledger that was changed by another hand', () => {
  let site: LedgerSite;
  /** Oldest first. */
  let entries: ChannelEntry[];
  const git = (args: readonly string[], input?: string) => runGit(site.repository, args, input);
  const fresh = (): Ledger => site.open().ledger;

  beforeEach(async () => {
    site = ledgerSite();
    const { channels } = fresh();
    entries = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      const draft = draftOf(digestNamed(name));
      const result = await channels.append(IMAGE, CHANNEL, draft, { expected: entries.at(-1) });
      if (result.appended) entries.push(result.entry);
    }
  });
  afterEach(() => site.dispose());

  const codes = async () => [...new Set((await fresh().channels.check(IMAGE, CHANNEL)).map(({ code }) => code))];

  /** A commit with this record in the tree of another, on these parents; the ref points at it. */
  const forge = (record: string, like: string, parents: readonly string[]): string => {
    const blob = git(['hash-object', '-w', '--stdin'], record);
    const entriesOf = git(['ls-tree', like]).split('\n');
    const changed = entriesOf.map((line) => (line.endsWith('record.json') ? `100644 blob ${blob}\trecord.json` : line));
    const tree = git(['mktree'], `${changed.join('\n')}\n`);
    const commit = git(['commit-tree', '-m', 'x', ...parents.flatMap((each) => ['-p', each]), tree]);
    git(['update-ref', CHANNEL_REF, commit]);
    return commit;
  };
  const textOf = (index: number) => `${git(['cat-file', 'blob', `${entries[index]?.commit}:record.json`])}\n`;
  const commitOf = (index: number) => entries[index]?.commit ?? '';

  test('is whole before', async () => {
    expect(await codes()).toEqual([]);
    expect(git(['log', '--format=%an <%ae> %s', '-1', CHANNEL_REF])).toBe(
      `waybill <waybill@noreply.invalid> promotion 4 of ${IMAGE} in ${CHANNEL}: ${digestNamed('d')}`,
    );
    expect(git(['fsck', '--strict'])).not.toMatch(/error|warning/);
  });

  test('has a record edited', async () => {
    const edited = forge(textOf(2).replace('stable', 'latest'), commitOf(2), [commitOf(1)]);
    forge(textOf(3), commitOf(3), [edited]);
    expect(await codes()).toEqual(['record-edited', 'index-disagrees']);
  });

  test('has a record removed', async () => {
    forge(textOf(3), commitOf(3), [commitOf(1)]);
    expect(await codes()).toEqual(['record-removed', 'index-disagrees']);
  });

  test('has two chains joined', async () => {
    const aside = forge(textOf(2).replace('stable', 'latest'), commitOf(2), [commitOf(1)]);
    forge(textOf(3), commitOf(3), [commitOf(2), aside]);
    expect(await codes()).toEqual(['chain-forked']);
  });

  test('has its tail cut, which a copy knows', async () => {
    git(['update-ref', CHANNEL_REF, commitOf(1)]);
    expect(await codes()).toEqual([]);
    const copies = entries.map(({ record, recordDigest }) => ({
      sequence: record.sequence,
      recordDigest,
      source: 'a copy',
    }));
    const found = await compareWithCopies(fresh().channels.log(IMAGE, CHANNEL), copies);
    expect(found.map(({ code, subject }) => `${code} ${subject}`)).toEqual(['tail-cut record 3', 'tail-cut record 4']);
  });

  test('has an index that lies, which the check finds', async () => {
    const tree = git(['ls-tree', '-r', commitOf(3)]);
    const path = /\t(digests\S+)/.exec(tree)?.[1] ?? '';
    const folder = `${site.folder}/index`;
    const environment = [`--git-dir=${site.repository}`, `--work-tree=${site.folder}`];
    const blob = git(['hash-object', '-w', '--stdin'], '{}\n');
    expect(path).not.toBe('');
    git([...environment, 'read-tree', '--index-output', folder, commitOf(3)]);
    git([...environment, 'read-tree', commitOf(3)]);
    git([...environment, 'update-index', '--cacheinfo', `100644,${blob},${path}`]);
    const forged = git(['commit-tree', '-m', 'x', '-p', commitOf(2), git([...environment, 'write-tree'])]);
    git(['update-ref', CHANNEL_REF, forged]);
    expect(await fresh().channels.check(IMAGE, CHANNEL)).toEqual([
      expect.objectContaining({ code: 'index-disagrees', subject: path, found: '{}' }),
    ]);
    expect(await collectAll(fresh().channels.log(IMAGE, CHANNEL))).toHaveLength(4);
  });
});
