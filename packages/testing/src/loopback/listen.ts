import type http from 'node:http';

/** A server that listens on 127.0.0.1. */
export interface Listening {
  readonly port: number;
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  /** Cuts the connections that there are, too. */
  stop(): Promise<void>;
}

/** Lets the server listen on a port that the system chooses. */
export async function listen(server: http.Server): Promise<Listening> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const host = `127.0.0.1:${address.port}`;
  return {
    port: address.port,
    host,
    origin: `http://${host}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
