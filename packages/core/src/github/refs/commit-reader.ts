import {
  type CommitId,
  commitUnknown,
  type IoOptions,
  MAX_REF_FILE_BYTES,
  parseCommitId,
} from '../../content/index.ts';
import { WaybillError } from '../../errors/index.ts';
import { countOf, fieldsOf, isFields, listOf, shaOf, textOf } from '../fields.ts';
import type { Call, GitHub } from '../github.ts';

/** What is known of a commit. */
export interface CommitFacts {
  readonly tree: string;
  readonly parents: readonly CommitId[];
}

/** Commits of one repository. What was read once is not asked for again: an id never means anything else. */
export interface CommitReader {
  /** @throws WaybillError `COMMIT_UNKNOWN` (integrity) */
  facts(commit: CommitId, options?: IoOptions): Promise<CommitFacts>;
  /** Told of a commit that was made here. */
  made(commit: CommitId, facts: CommitFacts): void;
  /** Told that GitHub has this commit. */
  exists(commit: CommitId): void;
  /** A file; undefined where there is none. @throws WaybillError `COMMIT_UNKNOWN`, `REF_FILE_TOO_LARGE` (integrity) */
  file(commit: CommitId, path: string, options?: IoOptions): Promise<Uint8Array | undefined>;
  /** Whether `commit` is one of those before `top`. */
  isBefore(commit: CommitId, top: CommitId, options?: IoOptions): Promise<boolean>;
  /** The bytes of a blob. */
  blob(id: string, options?: IoOptions): Promise<Uint8Array>;
}

/** So many commits are remembered: more than any ledger's work needs. */
const MEMORY = 1000;

export const READ: Call = { needs: 'contents: read' };

export function createCommitReader(github: GitHub): CommitReader {
  const known = new Map<CommitId, CommitFacts>();
  const present = new Set<CommitId>();
  const exists = (commit: CommitId) => {
    if (present.size > MEMORY) present.clear();
    present.add(commit);
  };
  const remember = (commit: CommitId, facts: CommitFacts) => {
    if (known.size > MEMORY) known.clear();
    known.set(commit, facts);
    exists(commit);
  };

  const facts = async (commit: CommitId, options?: IoOptions): Promise<CommitFacts> => {
    const old = known.get(parseCommitId(commit));
    if (old !== undefined) return old;
    const call = { ...READ, ...options, answers: [404, 422] };
    const { value } = await github.rest('GET /git/commits/{commit}', { commit }, parseFacts, call);
    if (value === undefined) throw commitUnknown(commit);
    remember(commit, value);
    return value;
  };

  const blob = async (id: string, options?: IoOptions): Promise<Uint8Array> => {
    const { value } = await github.rest('GET /git/blobs/{id}', { id }, parseContent, { ...READ, ...options });
    return value ?? new Uint8Array();
  };

  return {
    facts,
    made: remember,
    exists,
    blob,
    async file(commit, path, options) {
      parseCommitId(commit);
      const call = { ...READ, ...options, answers: [404] };
      const parameters = { path, ref: commit };
      const { value } = await github.rest('GET /contents/{+path}', parameters, parseFile, call);
      if (value === undefined) {
        // 404 is said of a file that is not there, and of such a commit.
        if (!present.has(commit)) await facts(commit, options);
        return undefined;
      }
      exists(commit);
      if (value.kind === 'other') return undefined;
      if (value.size > MAX_REF_FILE_BYTES) throw refFileTooLarge(commit, path, value.size);
      return value.content ?? (await blob(value.sha, options));
    },
    async isBefore(commit, top, options) {
      if (commit === top) return false;
      // What was made here needs no question.
      let at: CommitId | undefined = top;
      for (let steps = 0; steps < MEMORY && at !== undefined; steps += 1) {
        const here: CommitFacts | undefined = known.get(at);
        if (here === undefined) break;
        if (here.parents.includes(commit)) return true;
        at = here.parents.length > 1 ? undefined : here.parents[0];
        if (at === undefined && here.parents.length === 0) return false;
      }
      const call = { ...READ, ...options, answers: [404] };
      const basehead = `${commit}...${top}`;
      const parse = (json: unknown) => textOf(fieldsOf(json), 'status');
      const { value } = await github.rest('GET /compare/{basehead}', { basehead, per_page: 1 }, parse, call);
      return value === 'ahead';
    },
  };
}

function parseFacts(json: unknown): CommitFacts {
  const fields = fieldsOf(json);
  return {
    tree: shaOf(fieldsOf(fields['tree'], 'its tree'), 'sha'),
    parents: listOf(fields['parents'], 'its list of parents').map((parent) => shaOf(fieldsOf(parent), 'sha')),
  };
}

type FoundFile =
  | { readonly kind: 'file'; readonly sha: string; readonly size: number; readonly content: Uint8Array | undefined }
  | { readonly kind: 'other' };

/** Of a folder the answer is a list. */
function parseFile(json: unknown): FoundFile {
  if (!isFields(json) || json['type'] !== 'file') return { kind: 'other' };
  const size = countOf(json, 'size');
  // Past a megabyte the content is not in the answer.
  const content = json['encoding'] === 'base64' ? parseContent(json) : undefined;
  return { kind: 'file', sha: shaOf(json, 'sha'), size, content };
}

function parseContent(json: unknown): Uint8Array {
  return Buffer.from(textOf(fieldsOf(json), 'content'), 'base64');
}

/** More than anything that the ledger writes. */
export function refFileTooLarge(commit: CommitId, path: string, size: number): WaybillError {
  return new WaybillError(
    'REF_FILE_TOO_LARGE',
    `${path} of commit ${commit} has ${size} bytes, expected at most ${MAX_REF_FILE_BYTES}`,
    { kind: 'integrity' },
  );
}
