import { codeSpan } from '../runner/index.ts';
import type { PromotionOutcome, PromotionPlan } from './outcome.ts';
import { copySums } from './promotion-document.ts';
import type { RuleVerdict } from './rules/verdict.ts';

/** A table of what came of each target, and of each rule where one forbade it or nothing was to be done, for the job's summary. */
export function promotionSummary(outcomes: readonly PromotionOutcome[]): string {
  const [first] = outcomes;
  if (first === undefined) return '';
  const title = first.kind === 'rollback' ? 'Rollback' : 'Promotion';
  const rows = outcomes.map((outcome) => {
    const { channel, tag, digest, previousDigest, entry } = outcome;
    const to = channel === undefined ? codeSpan(tag) : `${codeSpan(channel)} (${codeSpan(tag)})`;
    const number = entry === undefined ? '' : String(entry.record.sequence);
    return `| ${to} | ${resultOf(outcome)} | ${number} | ${codeSpan(digest)} | ${codeSpan(previousDigest ?? '')} |`;
  });
  return [
    `**${title}**`,
    '',
    '| To | Result | Record | Digest | Before |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    ...outcomes.flatMap(detailsOf),
    '',
  ].join('\n');
}

/** What came of it, in words of ours. */
export function resultOf({ result, moved, repaired }: PromotionOutcome): string {
  switch (result) {
    case 'promoted':
      return moved.mountedBlobs + moved.copiedBlobs === 0
        ? '**promoted**'
        : `**promoted** (${moved.mountedBlobs} blobs mounted, ${moved.copiedBlobs} copied, ${moved.referrers.length} attached)`;
    case 'unchanged':
      return repaired.length === 0 ? '**unchanged**' : `**unchanged**, repaired: ${repaired.join(', ')}`;
    case 'refused':
      return '**refused**';
    case 'planned':
      return '**planned**';
  }
}

function detailsOf(outcome: PromotionOutcome): readonly string[] {
  const { result, rules, plan, channel, tag } = outcome;
  if (result !== 'refused' && result !== 'planned') return [];
  return [
    '',
    `${result === 'refused' ? 'What forbids' : 'What would come of'} ${codeSpan(channel ?? tag)}:`,
    '',
    '| Rule | Verdict | Why |',
    '| --- | --- | --- |',
    ...rules.map(ruleRow),
    ...rules.flatMap(findingRows),
    ...(plan === undefined ? [] : ['', ...planLines(plan).map((line) => `- ${line}`)]),
  ];
}

function ruleRow({ rule, verdict, code, message, hint }: RuleVerdict): string {
  const shown = verdict === 'failed' || verdict === 'waived' ? `**${verdict}** (${code ?? rule})` : verdict;
  return `| ${rule} | ${shown} | ${codeSpan(hint === undefined ? message : `${message}. ${hint}`)} |`;
}

function findingRows({ findings = [] }: RuleVerdict): readonly string[] {
  return findings
    .filter(({ level }) => level === 'error')
    .map(({ code, subject, message }) => `| | ${code} | ${codeSpan(`${subject}: ${message}`)} |`);
}

/** A plan in a few lines; what is from outside in it is code. */
export function planLines({ copy, record, tag, repairs }: PromotionPlan): readonly string[] {
  const lines: string[] = [];
  if (copy !== undefined) {
    const { mount, copy: copied, manifests, referrers } = copySums(copy);
    lines.push(
      `${mount.blobs} blobs (${mount.bytes} bytes) would be mounted, ${copied.blobs} (${copied.bytes} bytes) copied`,
      `${manifests} manifests would be put, ${referrers} of what is attached carried over`,
    );
  }
  if (record !== undefined) lines.push(`record ${record.sequence} would be written, a ${record.kind}`);
  if (tag !== undefined)
    lines.push(`the tag would move from ${codeSpan(tag.from ?? 'nothing')} to ${codeSpan(tag.to)}`);
  for (const repair of repairs) lines.push(`the ${repair} would be repaired`);
  return lines.length === 0 ? ['nothing would be done'] : lines;
}
