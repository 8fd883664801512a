import { formatPlatform } from '@waybill/core/oci';
import type { TreeNode } from '@waybill/core/registry';

/** A tree for a program. What a node does not have is absent. */
export interface TreeDocument {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly platform?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly missing?: true;
  readonly parts?: readonly TreeDocument[];
  readonly attached?: readonly TreeDocument[];
  readonly legacy?: TreeNode['legacy'];
}

export function treeDocument({ descriptor, missing, parts, attached, legacy }: TreeNode): TreeDocument {
  const { digest, mediaType, size, artifactType, platform, annotations } = descriptor;
  return {
    digest,
    mediaType,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(platform === undefined ? {} : { platform: formatPlatform(platform) }),
    ...(annotations === undefined ? {} : { annotations }),
    ...(missing ? { missing } : {}),
    ...(parts.length === 0 ? {} : { parts: parts.map(treeDocument) }),
    ...(attached.length === 0 ? {} : { attached: attached.map(treeDocument) }),
    ...(legacy.length === 0 ? {} : { legacy }),
  };
}
