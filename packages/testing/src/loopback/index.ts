export { createFaults, type Faults, type Standing } from './create-faults.ts';
export { type Listening, listen } from './listen.ts';
export { json, type Reply, reply } from './reply.ts';
