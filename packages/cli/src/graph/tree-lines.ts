import { formatPlatform, isIndexType } from '@waybill/core/oci';
import type { TreeNode } from '@waybill/core/registry';
import { oneLine, type Style } from '../terminal/index.ts';

/** A branch of what is printed. */
interface Branch {
  readonly text: string;
  readonly below: readonly Branch[];
}

/** A tree as lines, from its root on. */
export function treeLines(root: TreeNode, name: string, style: Style): readonly string[] {
  const lines: string[] = [];
  const draw = ({ text, below }: Branch, first: string, rest: string) => {
    lines.push(first + text);
    below.forEach((each, at) => {
      const last = at === below.length - 1;
      draw(each, `${rest}${last ? '└─ ' : '├─ '}`, `${rest}${last ? '   ' : '│  '}`);
    });
  };
  draw({ text: `${style.bold(name)}  ${root.descriptor.digest}`, below: branchesOf(root, style) }, '', '');
  return lines;
}

function branchesOf({ parts, attached, legacy }: TreeNode, style: Style): readonly Branch[] {
  return [
    ...parts.map((node) => ({ text: nodeText(node, partName(node), style), below: branchesOf(node, style) })),
    ...attached.map((node) => {
      const { artifactType, mediaType } = node.descriptor;
      return { text: nodeText(node, `+ ${artifactType ?? mediaType}`, style), below: branchesOf(node, style) };
    }),
    ...legacy.map(({ kind, digest }) => ({ text: `+ .${kind}  ${digest}`, below: [] })),
  ];
}

function nodeText({ descriptor, missing }: TreeNode, name: string, style: Style): string {
  return `${oneLine(name)}  ${descriptor.digest}${missing ? style.red('  missing') : ''}`;
}

/** What an index has it for. */
function partName({ descriptor: { annotations = {}, platform, mediaType } }: TreeNode): string {
  if (annotations['vnd.docker.reference.type'] === 'attestation-manifest') return 'attestation';
  if (platform !== undefined) return formatPlatform(platform);
  return isIndexType(mediaType) ? 'index' : 'manifest';
}
