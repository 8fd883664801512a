import type { Name } from '../content/index.ts';
import { encodeStatement, STATEMENT_MEDIA_TYPE, snapshotStatement } from '../intoto/index.ts';
import type { Descriptor, Digest } from '../oci/index.ts';
import type { SnapshotSubjects } from '../snapshot/index.ts';
import { encodeFields } from './record-fields.ts';
import type { SaveRequest } from './save-request.ts';

/** The whole name stands in the manifest, so that a reader can tell whether it got what it asked for. */
export function entryAnnotations(name: Name, savedAt: Date): Readonly<Record<string, string>> {
  return {
    'org.opencontainers.image.created': savedAt.toISOString(),
    'dev.waybill.name.kind': name.kind,
    'dev.waybill.name.scope': name.scope,
    'dev.waybill.name.version': name.version,
    'dev.waybill.name.key': name.key,
  };
}

/** What the entry's name says of it beside the key (S2-8). */
export function entryFields(
  tree: { readonly digest: Digest; readonly files: number; readonly rawBytes: number },
  request: SaveRequest,
  savedAt: Date,
): Readonly<Record<string, string>> {
  const { facts, toolchain } = request;
  return encodeFields({
    cacheKey: request.key,
    contentHash: tree.digest,
    files: String(tree.files),
    rawBytes: String(tree.rawBytes),
    platform: request.platform,
    patterns: request.paths.patterns,
    createdAt: savedAt.toISOString(),
    repository: facts.repository,
    ref: facts.ref,
    commit: facts.sha,
    runId: facts.runId,
    savedBy: facts.actor,
    toolchain: Object.entries(toolchain ?? {})
      .map(([tool, version]) => `${tool}-${version}`)
      .join(' '),
    lockfileHash: request.lockfileHash,
  });
}

/** The layer that says who saved the snapshot, and from what (S2-24). */
export function entryStatement(
  subjects: SnapshotSubjects,
  about: {
    readonly request: SaveRequest;
    readonly name: Name;
    readonly savedAt: Date;
    readonly parent: Descriptor | undefined;
  },
) {
  const { request, name, savedAt, parent } = about;
  const { facts, startedAt, toolchain } = request;
  const statement = snapshotStatement(
    { tree: subjects.tree.digest, layout: subjects.layout.digest },
    {
      contentHash: subjects.digest,
      key: name.key,
      scope: name.scope,
      version: name.version,
      platform: request.platform,
      roots: request.paths.roots.map((root) => root.name),
      savedAt: savedAt.toISOString(),
      buildTime: savedAt.toISOString(),
      ...(facts.repository === undefined ? {} : { repository: facts.repository }),
      ...(facts.sha === undefined ? {} : { commitSha: facts.sha }),
      ...(facts.commitMessage === undefined ? {} : { commitMessage: facts.commitMessage }),
      ...(facts.branch === undefined ? {} : { branch: facts.branch }),
      ...(facts.runId === undefined ? {} : { workflowRunId: facts.runId }),
      ...(toolchain === undefined ? {} : { toolchain }),
      ...(startedAt === undefined ? {} : { buildDuration: Math.max(0, (savedAt.getTime() - startedAt) / 1000) }),
      ...(parent === undefined ? {} : { parent: parent.digest }),
    },
  );
  return { mediaType: STATEMENT_MEDIA_TYPE, bytes: encodeStatement(statement), title: 'snapshot.intoto.json' };
}
