import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createMemoryStore } from '@waybill/core/content';
import { createFakeSnapshots } from '@waybill/testing/cache';
import type { FixtureImage } from '@waybill/testing/images';
import { commitAt, openPromotionStage, type PromotionStage } from '@waybill/testing/promotions';
import { readFacts } from '../session/index.ts';
import { type Trial, tryProgram } from '../testing/index.ts';

const BROKEN = '{ "schemaVersion": 1, ';

let stage: PromotionStage;
let folder: string;
let image: FixtureImage;
beforeEach(async () => {
  stage = await openPromotionStage();
  folder = mkdtempSync(join(tmpdir(), 'waybill-cli-remember-'));
  image = await stage.push('one', 1);
});
afterEach(async () => {
  await stage.stop();
  rmSync(folder, { recursive: true });
});

function waybill(...args: readonly string[]): Promise<Trial> {
  const { clock } = stage;
  return tryProgram(args, {
    store: createMemoryStore({ clock: clock.now }),
    snapshots: createFakeSnapshots('tree'),
    context: readFacts({ env: { HOME: folder }, platform: 'linux', arch: 'x64', cwd: () => folder }),
    now: clock.now,
    openPromotions: async () => stage.site(),
  });
}

const file = () => join(folder, '.artifacts.json');
const reference = (of = image) => `${stage.image}@${of.root.descriptor.digest}`;
const tipOf = async (channel: string) => (await stage.ledger.channels.tip(stage.image, channel))?.record.sequence;

describe('what is done is told as done where .artifacts.json cannot be read', () => {
  test('by image promote, for every target', async () => {
    writeFileSync(file(), BROKEN);
    const done = await waybill('image', 'promote', reference(), 'dev', 'staging', '--json');
    expect(done.code).toBe(0);
    expect(done.json()).toMatchObject({
      promotions: [
        { channel: 'dev', result: 'promoted' },
        { channel: 'staging', result: 'promoted' },
      ],
    });
    expect(done.err).toContain('.artifacts.json');
    expect(await tipOf('staging')).toBe(1);
    expect(readFileSync(file(), 'utf8')).toBe(BROKEN);
  });

  test('by image rollback, so that nobody goes back once more', async () => {
    await waybill('image', 'promote', reference(), 'dev');
    await waybill('image', 'promote', reference(await stage.push('two', 2)), 'dev');
    writeFileSync(file(), BROKEN);
    const done = await waybill('image', 'rollback', stage.image, 'dev', '--json');
    expect(done).toMatchObject({ code: 0 });
    expect(done.json()).toMatchObject({ kind: 'rollback', result: 'promoted', record: { sequence: 3 } });
    expect(done.err).toContain('.artifacts.json');
    expect(await tipOf('dev')).toBe(3);
  });

  test('by image record-artifact', async () => {
    writeFileSync(file(), BROKEN);
    const done = await waybill('image', 'record-artifact', reference(), '--commit', commitAt(1));
    expect(done).toMatchObject({ code: 0, out: `recorded: ${reference()}\n` });
    expect(done.err).toContain('.artifacts.json');
  });
});
