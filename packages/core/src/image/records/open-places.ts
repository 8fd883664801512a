import type { RetryClock } from '../../async/index.ts';
import { type OciStoreUri, parseLedgerUri, parseStoreUri } from '../../content/index.ts';
import { errorMessage, redact } from '../../errors/index.ts';
import { type GitRemote, parseGitRemote } from '../../git/index.ts';
import type { Repositories } from '../../repository/index.ts';
import type { InputReader } from '../../runner/index.ts';
import type { ImageDeps, ImagePlace } from '../obtain/image-request.ts';
import type { RecordPlace } from './records.ts';
import { refPlace } from './ref-place.ts';
import { tagPlace } from './tag-place.ts';

/** Where records are kept, as somebody names it. */
export type RecordStore =
  | { readonly kind: 'git'; readonly remote: GitRemote; readonly create: boolean }
  | { readonly kind: 'oci'; readonly place: ImagePlace; readonly insecure: boolean };

export interface OpenPlacesOptions {
  readonly stores: readonly RecordStore[];
  readonly repositories: Pick<Repositories, 'open'>;
  readonly openRegistry: ImageDeps['openRegistry'];
  readonly clock: RetryClock;
  /** D of the election by tags, in milliseconds. Default 10,000. */
  readonly settleMs?: number;
}

/** D: a tag that was written is seen by everybody within this time. */
const SETTLE_MS = 10_000;

/** Opens the places, in their order. Nothing is asked before one is used. @throws WaybillError `GITHUB_URL_INVALID` (user) */
export function openPlaces(options: OpenPlacesOptions): readonly RecordPlace[] {
  const { stores, repositories, openRegistry, clock, settleMs = SETTLE_MS } = options;
  return stores.map((store) => {
    if (store.kind === 'oci') return tagPlace(openRegistry(store.place, 'push'), { clock, settleMs });
    const { refs, shown } = repositories.open(store.remote, { create: store.create });
    return refPlace(refs, { shown, now: clock.now });
  });
}

export interface StoreContext {
  readonly home: string;
  readonly workspace: string;
  /** `https://github.com`. */
  readonly server: string | undefined;
  /** `OWNER/REPO`. */
  readonly repository: string | undefined;
}

/**
 * Where a text says that records are. Without one: the ledger of the run's repository, then tags beside the image, in
 * `<image>-waybill`.
 * @throws WaybillError `STORE_URI_INVALID`, `STORE_UNSUPPORTED`, `GIT_REMOTE_INVALID` (user)
 */
export function parseRecordStores(text: string, image: ImagePlace, context: StoreContext): readonly RecordStore[] {
  const { home, workspace, server, repository } = context;
  if (text.startsWith('oci://')) {
    const uri = parseStoreUri(text, home);
    return uri.kind === 'oci' ? [ociStore(uri)] : [];
  }
  if (text !== '') {
    const { location } = parseLedgerUri(text);
    const remote = parseGitRemote(location, { home, cwd: workspace });
    return [{ kind: 'git', remote, create: remote.kind === 'path' }];
  }
  const beside: RecordStore = {
    kind: 'oci',
    place: { host: image.host, repository: `${image.repository}-waybill` },
    insecure: false,
  };
  if (server === undefined || repository === undefined) return [beside];
  const remote = parseGitRemote(`${server}/${repository}`, { home, cwd: workspace });
  return [{ kind: 'git', remote, create: false }, beside];
}

/** The input that names it. What is wrong is left with the reader. */
export function readRecordStores(
  reader: InputReader,
  name: string,
  image: ImagePlace,
  context: StoreContext,
): readonly RecordStore[] {
  const value = reader.text(name);
  try {
    return parseRecordStores(value, image, context);
  } catch (error) {
    reader.reject({
      name,
      value: redact(value),
      why: errorMessage(error),
      accepted: '`git:` and a path or an address: the ledger; or `oci://HOST/REPOSITORY`: tags there',
      example: 'git:https://github.com/octo-org/app',
    });
    return [];
  }
}

function ociStore({ host, repository, insecure }: OciStoreUri): RecordStore {
  return { kind: 'oci', place: { host, repository }, insecure };
}
