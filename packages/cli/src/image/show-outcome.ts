import {
  copySums,
  type PromotionOutcome,
  type PromotionPlan,
  promotedReference,
  type RuleVerdict,
} from '@waybill/core/promote';
import { ExitCode } from '../command/index.ts';
import { formatCount, formatFields, formatSize, formatTable, oneLine, type Style } from '../terminal/index.ts';

/** A promotion for people: what came of it, the rules where they matter, the plan where there is one. */
export function outcomeLines(outcome: PromotionOutcome, style: Style): readonly string[] {
  const { result, channel, tag, digest, previousDigest, entry, moved, repaired, plan, rules } = outcome;
  const blobs = moved.mountedBlobs + moved.copiedBlobs;
  const fields = formatFields([
    ['to', channel === undefined ? tag : `${channel} (${tag})`],
    ['result', result],
    ['digest', digest],
    ['before', previousDigest === digest ? undefined : previousDigest],
    ['record', entry && `${entry.record.sequence} (${entry.recordDigest})`],
    [
      'moved',
      blobs === 0
        ? undefined
        : `${formatCount(moved.mountedBlobs, 'blob')} mounted (${formatSize(moved.mountedBytes)}), ${moved.copiedBlobs} copied (${formatSize(moved.copiedBytes)})`,
    ],
    ['attached', moved.referrers.length === 0 ? undefined : formatCount(moved.referrers.length, 'artifact')],
    ['repaired', repaired.length === 0 ? undefined : repaired.join(', ')],
    ['reference', promotedReference(outcome)],
  ]).map(oneLine);
  const isTold = result === 'refused' || result === 'planned' || rules.some(({ verdict }) => verdict === 'waived');
  return [
    ...fields,
    ...(isTold ? ['', ...ruleLines(rules, style)] : []),
    ...(plan === undefined ? [] : ['', ...planLines(plan)]),
  ];
}

function ruleLines(rules: readonly RuleVerdict[], style: Style): readonly string[] {
  const [titles = '', ...rows] = formatTable(
    [
      { title: 'RULE', align: 'left' },
      { title: 'VERDICT', align: 'left' },
      { title: 'WHY', align: 'left' },
    ],
    rules.flatMap(({ rule, verdict, message, hint, findings = [] }) => [
      [rule, verdict, oneLine(message)],
      ...findings
        .filter(({ level }) => level === 'error')
        .map((finding) => ['', finding.code, oneLine(`${finding.subject}: ${finding.message}`)]),
      ...(hint === undefined || verdict !== 'failed' ? [] : [['', '', oneLine(hint)]]),
    ]),
  );
  return [style.bold(titles), ...rows];
}

function planLines({ copy, record, tag, repairs }: PromotionPlan): readonly string[] {
  const lines: string[] = [];
  if (copy !== undefined) {
    const sums = copySums(copy);
    lines.push(
      `would mount ${formatCount(sums.mount.blobs, 'blob')} (${formatSize(sums.mount.bytes)}), copy ${sums.copy.blobs} (${formatSize(sums.copy.bytes)})`,
      `would put ${formatCount(sums.manifests, 'manifest')}, carry over ${formatCount(sums.referrers, 'attached artifact')}`,
    );
  }
  if (record !== undefined) lines.push(`would write record ${record.sequence}, a ${record.kind}`);
  if (tag !== undefined) lines.push(`would move the tag from ${tag.from ?? 'nothing'} to ${tag.to}`);
  for (const repair of repairs) lines.push(`would repair the ${repair}`);
  return lines.length === 0 ? ['nothing would be done'] : lines;
}

/** What a script learns of it. */
export function outcomeExitCode({ result, rules }: PromotionOutcome): ExitCode {
  if (result !== 'refused') return ExitCode.done;
  const failed = rules.filter(({ verdict }) => verdict === 'failed').map(({ rule }) => rule);
  return failed.some((rule) => rule === 'integrity' || rule === 'chain') ? ExitCode.mismatch : ExitCode.refused;
}
