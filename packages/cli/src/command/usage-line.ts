import type { Option } from './option.ts';
import type { VerbTable } from './verb.ts';

/** The command with its arguments: `waybill cache save KEY [PATH...] [options]`. */
export function usageLine({ name, positionals, options }: VerbTable): string {
  const more = Object.keys(options).length > 0 ? ['[options]'] : [];
  return ['waybill', name, ...positionals.map(argument), ...more].join(' ');
}

/** What stands for the option's value in help. */
export function placeholder(option: Exclude<Option, { type: 'flag' }>): string {
  return option.type === 'choice' ? option.choices.join('|') : option.value;
}

function argument({ name, required, rest }: VerbTable['positionals'][number]): string {
  const shown = rest === true ? `${name}...` : name;
  return required ? shown : `[${shown}]`;
}
