import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { runGit, startGitServer } from '@waybill/testing/git';
import type { FixtureImage } from '@waybill/testing/images';
import { type FakeRegistry, startFakeRegistry } from '@waybill/testing/registry';
import { imageOf, openYard, type Yard } from './yard.ts';

let yard: Yard;
let registry: FakeRegistry;
let repositories = 0;
beforeAll(async () => {
  yard = openYard();
  registry = await startFakeRegistry();
});
afterAll(async () => {
  await registry?.stop();
  yard?.remove();
});

describe('never backwards, by a real history', () => {
  let commits: { readonly old: string; readonly now: string; readonly next: string; readonly aside: string };
  beforeAll(() => {
    const old = yard.commit('old');
    const now = yard.commit('now');
    const aside = yard.commit('aside', old);
    const next = yard.commit('next');
    commits = { old, now, next, aside };
  });

  /** A channel that has the image of `now`, and an image of another commit. */
  async function scene(
    commit: string,
  ): Promise<{ of: FixtureImage; run: (allow?: boolean) => ReturnType<Yard['promote']> }> {
    const from = yard.open(registry.host, `octo-org/app-${(repositories += 1)}`);
    const current = await yard.push(from, 'current', commits.now);
    expect(await yard.promote(from, current.root.descriptor.digest, 'dev')).toMatchObject({ result: 'promoted' });
    const of = await yard.push(from, 'another', commit);
    return {
      of,
      run: (allowDiverged = false) => yard.promote(from, of.root.descriptor.digest, 'dev', { allowDiverged }),
    };
  }

  test('a commit after it goes in', async () => {
    const { run } = await scene(commits.next);
    expect(await run()).toMatchObject({ result: 'promoted' });
  });

  test('the same commit goes in', async () => {
    const { run } = await scene(commits.now);
    expect(await run()).toMatchObject({ result: 'promoted' });
  });

  test('a commit before it is refused, whatever is allowed', async () => {
    const { run } = await scene(commits.old);
    for (const allow of [false, true]) {
      const outcome = await run(allow);
      expect(outcome.result).toBe('refused');
      expect(outcome.rules.find(({ rule }) => rule === 'ancestry')).toMatchObject({ code: 'commit-behind' });
    }
  });

  test.each([
    ['of another branch', () => commits.aside, 'commit-diverged'],
    ['that the repository does not know', () => 'f'.repeat(40), 'commit-unknown'],
  ])('a commit %s needs allow-diverged', async (_, commit, code) => {
    const { run } = await scene(commit());
    expect((await run()).rules.find(({ rule }) => rule === 'ancestry')).toMatchObject({ verdict: 'failed', code });
    const outcome = await run(true);
    expect(outcome).toMatchObject({ result: 'promoted' });
    expect(outcome.rules.find(({ rule }) => rule === 'ancestry')).toMatchObject({ verdict: 'waived', code });
  });

  test('a shallow clone as the ledger knows what its origin knows', async () => {
    const shallow = join(yard.base, `shallow-${(repositories += 1)}`);
    runGit(yard.base, ['clone', '--quiet', '--depth=1', `file://${yard.sources}`, shallow]);
    expect(runGit(shallow, ['rev-list', '--count', 'HEAD'])).toBe('1');
    const from = yard.open(registry.host, `octo-org/app-${repositories}`);
    const site = () => yard.site({ ledger: shallow });
    for (const [commit, result] of [
      [commits.now, 'promoted'],
      [commits.next, 'promoted'],
      [commits.old, 'refused'],
    ] as const) {
      const of = await yard.push(from, commit, commit);
      expect(await yard.promote(from, of.root.descriptor.digest, 'dev', {}, site())).toMatchObject({ result });
    }
  });
});

describe('the configuration', () => {
  test('is that of the default branch, and its commit stands in the record', async () => {
    const from = yard.open(registry.host, `octo-org/app-${(repositories += 1)}`);
    yard.write(
      '.github/waybill.yml',
      `version: 1\nimages:\n  ${imageOf(from)}:\n    channels:\n      dev: { from: [] }\n      stable: { from: [dev], tag: latest, image: ${registry.host}/octo-org/public }\n`,
    );
    const of = await yard.push(from, 'configured', yard.commit('configured'));
    const { digest } = of.root.descriptor;
    await expect(yard.promote(from, digest, 'production')).rejects.toMatchObject({ code: 'CHANNEL_UNKNOWN' });
    expect(await yard.promote(from, digest, 'stable')).toMatchObject({ result: 'refused' });
    expect(await yard.promote(from, digest, 'dev')).toMatchObject({ result: 'promoted' });
    const outcome = await yard.promote(from, digest, 'stable');
    const head = runGit(yard.base, ['--git-dir', yard.sources, 'rev-parse', 'main']);
    expect(outcome).toMatchObject({
      result: 'promoted',
      entry: { record: { tag: 'latest', config: { commit: head } } },
    });
    expect(
      (await yard.open(registry.host, 'octo-org/public').manifests.get({ tag: 'latest' }))?.descriptor.digest,
    ).toBe(digest);
  });

  test('with a mistake in it promotes nothing, and names the line', async () => {
    yard.write('.github/waybill.yml', 'version: 1\nimages:\n  app: [\n');
    const from = yard.open(registry.host, 'octo-org/app-1');
    const of = await yard.push(from, 'x', 'a'.repeat(40));
    await expect(yard.promote(from, of.root.descriptor.digest, 'dev')).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      kind: 'user',
    });
    yard.write('.github/waybill.yml', 'version: 1\n');
  });
});

describe('a host that wants a token', () => {
  test('is shown it, and denies a ledger that may only be read before anything is copied', async () => {
    const from = yard.open(registry.host, `octo-org/app-${(repositories += 1)}`);
    const of = await yard.push(from, 'one', yard.commit('hosted'));
    const { digest } = of.root.descriptor;
    const token = 'of-the-job';
    const writable = await startGitServer({ root: yard.base, token });
    const readable = await startGitServer({ root: yard.base, token, readOnly: true });
    try {
      const site = (origin: string) => yard.site({ ledger: `${origin}/sources.git`, token, server: origin });
      registry.clearLog();
      await expect(yard.promote(from, digest, 'dev', {}, site(readable.origin))).rejects.toMatchObject({
        code: 'LEDGER_DENIED',
        kind: 'user',
      });
      expect(registry.log.filter(({ method }) => !['GET', 'HEAD'].includes(method))).toEqual([]);
      expect(await yard.promote(from, digest, 'dev', {}, site(writable.origin))).toMatchObject({ result: 'promoted' });
      // No other host is shown it.
      const stranger = yard.site({
        ledger: `${writable.origin}/sources.git`,
        token,
      });
      await expect(yard.promote(from, digest, 'dev', {}, stranger)).rejects.toMatchObject({ kind: 'user' });
    } finally {
      await writable.stop();
      await readable.stop();
    }
  });
});
