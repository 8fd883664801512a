import { resolve } from 'node:path';
import { errorCode } from '@waybill/core/errors';
import { hashContent } from '@waybill/core/keys';
import { defineVerb, ExitCode, type Verb } from '../command/index.ts';
import { OUTPUT_OPTIONS, type Session } from '../session/index.ts';
import { oneLine } from '../terminal/index.ts';

export const hash: Verb<Session> = defineVerb(
  {
    name: 'hash',
    summary: 'sha256 of what files and folders hold',
    about: [
      'Of a file it is the line that sha256sum prints. Of a folder it covers every path and every byte below it, and no',
      'modes and times: the same on any machine.',
    ],
    positionals: [{ name: 'FILE', help: 'files and folders', required: true, rest: true }],
    options: OUTPUT_OPTIONS,
    examples: [
      { line: 'waybill hash app.tar', what: 'as sha256sum' },
      { line: 'waybill hash dist', what: 'of a folder' },
      { line: 'waybill hash dist --json | jq -r .hashes[0].digest', what: 'for a program, as sha256:…' },
    ],
    exitCodes: { [ExitCode.notFound]: 'one of them is not there', [ExitCode.failed]: 'one of them cannot be read' },
  },
  async ({ positionals }, { context, print, signal }) => {
    const hashes: { path: string; kind: string; digest: string; files: number; bytes: number }[] = [];
    const missing: string[] = [];
    for (const path of positionals) {
      try {
        hashes.push({ path, ...(await hashContent(resolve(context.workspace, path), signal)) });
      } catch (error) {
        if (errorCode(error) !== 'ENOENT') throw error;
        missing.push(path);
        print.warning(oneLine(`${path}: there is no such file`));
      }
    }
    const lines = hashes.map(({ path, digest }) => `${digest.slice('sha256:'.length)}  ${oneLine(path)}`);
    print.result({ hashes, ...(missing.length === 0 ? {} : { missing }) }, lines);
    return missing.length === 0 ? ExitCode.done : ExitCode.notFound;
  },
);
