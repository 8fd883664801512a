/** What a fault says of itself, whatever it does. */
export interface Standing<Seen> {
  /** Whom it meets; without it whoever comes first. */
  readonly on?: (request: Seen) => boolean;
  /** How many it meets. Default: 1. */
  readonly times?: number;
}

export interface Faults<Seen, Fault extends Standing<Seen>> {
  add(fault: Fault): void;
  /** The fault that meets this request, one less of it left. */
  take(seen: Seen): Fault | undefined;
}

export function createFaults<Seen, Fault extends Standing<Seen>>(): Faults<Seen, Fault> {
  const standing: { readonly fault: Fault; left: number }[] = [];
  return {
    add: (fault) => standing.push({ fault, left: fault.times ?? 1 }),
    take(seen) {
      const hit = standing.find(({ fault, left }) => left > 0 && (fault.on?.(seen) ?? true));
      if (hit === undefined) return undefined;
      hit.left -= 1;
      return hit.fault;
    },
  };
}
