/** More edits than this and it is another word. */
const FAR = 3;

/** The known word that is most like this one, where one is: by edits, or because it begins so. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  // A third of a word changed is a slip of the keyboard; more is another word.
  const limit = Math.min(FAR, Math.max(1, Math.ceil(word.length / 3)));
  let best: { readonly word: string; readonly edits: number } | undefined;
  for (const each of known) {
    const edits = each.startsWith(word) && word !== '' ? 1 : distance(word, each);
    if (edits <= limit && edits < (best?.edits ?? Infinity)) best = { word: each, edits };
  }
  return best?.word;
}

/** Levenshtein's, with two neighbours in the wrong order as one edit. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const candidates = [(row[j - 1] ?? 0) + 1, (last[j] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1)];
      if (swapped) candidates.push((before[j - 2] ?? 0) + 1);
      row.push(Math.min(...candidates));
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
