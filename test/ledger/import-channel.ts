import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { encodeChannelRecord } from '@waybill/core/ledger';
import { type Digest, digestOf, hexOf } from '@waybill/core/oci';
import { gitEnv } from '@waybill/testing/git';
import { CHANNEL, CHANNEL_REF, digestNamed, draftOf, IMAGE } from './ledger-site.ts';

/**
 * Makes a channel of so many promotions, of digests named `digest 1` and so on, by `git fast-import`: another hand than the
 * one that reads it, and some thousand times as fast as pushes.
 */
export async function importChannel(repository: string, count: number, at: string): Promise<void> {
  const child = spawn('git', ['fast-import', '--quiet', '--done'], {
    cwd: repository,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: gitEnv(),
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve));
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let previous: Digest | undefined;
  let before: string | undefined;
  for (let n = 1; n <= count; n += 1) {
    const digest = digestNamed(`digest ${n}`);
    const record = encodeChannelRecord({
      ...draftOf(digest, { promotedAt: at }),
      schemaVersion: 1,
      sequence: n,
      ...(previous === undefined ? {} : { previous }),
      image: IMAGE,
      channel: CHANNEL,
    });
    const here = { sequence: n, at };
    const facts = { first: here, latest: here, ...(before === undefined ? {} : { before }), rolledBack: false };
    const hex = hexOf(digest);
    child.stdin.write(
      [
        `commit ${CHANNEL_REF}\nmark :${n}\ncommitter waybill <w@example.invalid> ${1_700_000_000 + n} +0000\n${data('.')}`,
        n === 1 ? '' : `from :${n - 1}\n`,
        `M 100644 inline record.json\n${data(new TextDecoder().decode(record))}`,
        `M 100644 inline digests/${hex.slice(0, 2)}/${hex.slice(2)}.json\n${data(`${JSON.stringify(facts)}\n`)}`,
        `\nget-mark :${n}\n`,
      ].join(''),
    );
    previous = digestOf(record);
    // The id of a commit stands in the index of the one after it.
    const answer = await answers.next();
    before = answer.done === true ? undefined : answer.value;
  }
  child.stdin.end('done\n');
  const status = await ended;
  if (status !== 0) throw new Error(`git fast-import ended with ${String(status)}`);
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
