/**
 * Entries of an input of docker/build-push-action, read as that reads it: one a line; with `commas`, several on a line; an
 * entry, or a field of it, may stand in double quotes, and then hold commas, line breaks, and quotes written twice
 * (github.com/docker/actions-toolkit, `Util.getList`). Empty ones are none.
 * @param options `trim: false`: blanks around an entry are part of it
 */
export function readInputList(
  text: string,
  {
    commas,
    trim = true,
    quotes = true,
  }: { readonly commas: boolean; readonly trim?: boolean; readonly quotes?: boolean },
): readonly string[] {
  const entries = readRecords(text, quotes).flatMap((fields) => {
    if (!commas) return [fields.join(',')];
    return fields.length === 1 ? (fields[0] ?? '').split(',') : fields;
  });
  return entries.map((entry) => (trim ? entry.trim() : entry)).filter((entry) => entry !== '');
}

/** Lines of comma separated values; a quote within a field that does not start with one is a character as any other. */
export function readRecords(text: string, quotes = true): readonly (readonly string[])[] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    const field = quotes && text[at] === '"' ? quotedField(text, at) : plainField(text, at);
    record.push(field.value);
    at = field.end;
    if (text[at] === ',') {
      at += 1;
      if (at === text.length) record.push('');
      continue;
    }
    at += text.startsWith('\r\n', at) ? 2 : 1;
    if (record.length > 1 || record[0] !== '') records.push(record);
    record = [];
  }
  if (record.length > 0) records.push(record);
  return records;
}

interface Field {
  readonly value: string;
  /** Where the separator after it stands. */
  readonly end: number;
}

function plainField(text: string, start: number): Field {
  const length = text.slice(start).search(/,|\r?\n/);
  const end = length === -1 ? text.length : start + length;
  return { value: text.slice(start, end), end };
}

/** What does not end in a quote right before a separator was no quoted field. */
function quotedField(text: string, start: number): Field {
  const [whole = '', inner] = /^"((?:[^"]|"")*)"(?=,|\r?\n|$)/.exec(text.slice(start)) ?? [];
  return inner === undefined
    ? plainField(text, start)
    : { value: inner.replaceAll('""', '"'), end: start + whole.length };
}
