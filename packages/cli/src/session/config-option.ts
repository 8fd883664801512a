import { posix, win32 } from 'node:path';
import type { ConfigPlace } from '@waybill/core/repository';
import type { RunContext } from '@waybill/core/runner';
import type { Options } from '../command/index.ts';

/** Where the configuration is, for verbs that go by it. */
export const CONFIG_OPTIONS = {
  config: {
    type: 'text',
    value: 'PLACE',
    help: "the configuration: OWNER/REPO@COMMIT:PATH of the same GitHub, or a file (default: .github/waybill.yml of the default branch of the ledger's repository)",
  },
} as const satisfies Options;

/**
 * What `--config` says; a file is relative to the working directory.
 * @throws WaybillError `CONFIG_PLACE_INVALID` (user)
 */
export async function readConfigOption(
  value: string | undefined,
  { platform, workspace }: Pick<RunContext, 'platform' | 'workspace'>,
): Promise<ConfigPlace> {
  const { namesCommit, parseConfigPlace } = await import('@waybill/core/repository');
  if (value === undefined || value === '' || namesCommit(value)) return parseConfigPlace(value ?? '');
  const { resolve } = platform === 'win32' ? win32 : posix;
  return { kind: 'file', path: resolve(workspace, value) };
}
