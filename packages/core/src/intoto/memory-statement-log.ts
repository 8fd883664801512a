import { checkFiled, fileStatement, matches, monthOf, statementConflict, statementUnknown } from './filing.ts';
import type { FiledStatement, StatementLog } from './statement-log.ts';
import { statementName } from './statement-name.ts';

/** What memory logs hold; several logs over one content are what several processes are over one log. */
export type MemoryStatements = Map<string, { readonly statement: FiledStatement; readonly bytes: Uint8Array }>;

/** A statement log in memory, for tests and dry runs. */
export function createMemoryStatementLog(content: MemoryStatements = new Map()): StatementLog {
  return {
    async append(bytes, facts, options) {
      options?.signal?.throwIfAborted();
      const { name, month, label, ...about } = fileStatement(bytes, facts);
      const filed = content.get(name);
      if (filed !== undefined) {
        if (!Buffer.from(filed.bytes).equals(bytes)) throw statementConflict(name);
        return { outcome: 'exists', statement: filed.statement };
      }
      const place = { group: `waybill/${about.predicate}/${month}`, name, id: content.size + 1 };
      const statement = { ...about, place, size: bytes.byteLength, label };
      content.set(name, { statement, bytes: Uint8Array.from(bytes) });
      return { outcome: 'appended', statement };
    },
    async find(name, at, options) {
      options?.signal?.throwIfAborted();
      const place = content.get(statementName(name))?.statement.place;
      const group = `waybill/${name.predicate}/${monthOf(at)}`;
      return place?.group === group ? { group, name: place.name } : undefined;
    },
    async assertWritable({ at }, options) {
      options?.signal?.throwIfAborted();
      monthOf(at);
    },
    async *list(filter, options) {
      for (const { statement } of [...content.values()]) {
        options?.signal?.throwIfAborted();
        if (matches(filter, statement)) yield statement;
      }
    },
    async read({ name }, options) {
      options?.signal?.throwIfAborted();
      const filed = content.get(name);
      if (filed === undefined) throw statementUnknown(name);
      return checkFiled(name, filed.bytes);
    },
  };
}
