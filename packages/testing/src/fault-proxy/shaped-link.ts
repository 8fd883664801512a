import net from 'node:net';
import { createPacer, type LinkShape, type Pacer } from './pacer.ts';

export interface ShapedLinkOptions {
  /** `host:port` behind the link. */
  readonly target: string;
  /** To the target and back. */
  readonly up: LinkShape;
  readonly down: LinkShape;
  /**
   * Bytes of a connection on their way, beyond which the sender has to wait, as it would for a window. They keep the link
   * busy even where the connection is given up meanwhile. Default 8 MiB.
   */
  readonly windowBytes?: number;
}

export interface ShapedLink {
  /** `127.0.0.1:PORT`. */
  readonly host: string;
  /** Bytes that came out, so far. */
  readonly bytes: { readonly up: number; readonly down: number };
  stop(): Promise<void>;
}

const WINDOW_BYTES = 8 * 1024 * 1024;

/**
 * Starts a way to the target that is as slow as the shape says, for every connection together. It carries bytes as they
 * are, and knows no protocol. What a connection sends first waits for one way there and back more, as for the handshake. There
 * is no slow start: a connection has the whole of the link at once.
 */
export async function startShapedLink(options: ShapedLinkOptions): Promise<ShapedLink> {
  const { target, up, down, windowBytes = WINDOW_BYTES } = options;
  const at = target.lastIndexOf(':');
  const [host, port] = [target.slice(0, at), Number(target.slice(at + 1))];
  const pacers = { up: createPacer(up), down: createPacer(down) };
  const bytes = { up: 0, down: 0 };
  const sockets = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true }, (near) => {
    const far = net.connect({ host, port, allowHalfOpen: true });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.setNoDelay(true).once('close', () => sockets.delete(socket));
    }
    const openAt = performance.now() + up.latencyMs + down.latencyMs;
    carry(near, far, {
      pacer: (now, count) => Math.max(pacers.up(now, count), openAt + up.latencyMs),
      windowBytes,
      count: (count) => {
        bytes.up += count;
      },
    });
    carry(far, near, {
      pacer: pacers.down,
      windowBytes,
      count: (count) => {
        bytes.down += count;
      },
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    host: `127.0.0.1:${address.port}`,
    bytes,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

interface Direction {
  readonly pacer: Pacer;
  readonly windowBytes: number;
  readonly count: (bytes: number) => void;
}

function carry(from: net.Socket, to: net.Socket, { pacer, windowBytes, count }: Direction): void {
  const queue: { readonly piece: Buffer; readonly due: number }[] = [];
  let inFlight = 0;
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const deliver = () => {
    timer = undefined;
    for (let first = queue[0]; first !== undefined && first.due <= performance.now(); first = queue[0]) {
      queue.shift();
      inFlight -= first.piece.byteLength;
      count(first.piece.byteLength);
      if (!to.destroyed) to.write(first.piece);
    }
    if (inFlight < windowBytes) from.resume();
    const [next] = queue;
    if (next !== undefined) timer = setTimeout(deliver, Math.max(0, next.due - performance.now()));
    else if (ended) to.end();
  };
  from.on('data', (piece: Buffer) => {
    queue.push({ piece, due: pacer(performance.now(), piece.byteLength) });
    inFlight += piece.byteLength;
    if (inFlight >= windowBytes || to.writableNeedDrain) from.pause();
    if (timer === undefined) deliver();
  });
  to.on('drain', () => from.resume());
  from.once('end', () => {
    ended = true;
    if (queue.length === 0) to.end();
  });
  from.on('error', () => to.destroy());
  from.once('close', () => {
    if (ended) return;
    clearTimeout(timer);
    to.destroy();
  });
}
