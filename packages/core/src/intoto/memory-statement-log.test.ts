import { describeStatementLog } from '@waybill/testing/statement-log-suite';
import { createMemoryStatementLog, type MemoryStatements } from './memory-statement-log.ts';

describeStatementLog('memory statement log', async () => {
  const content: MemoryStatements = new Map();
  return {
    log: createMemoryStatementLog(content),
    open: async () => createMemoryStatementLog(content),
    spoil: ({ place: { name } }, bytes) => {
      const filed = content.get(name);
      if (filed === undefined) throw new Error(`expected ${name}`);
      content.set(name, { ...filed, bytes });
    },
    dispose: async () => undefined,
  };
});
