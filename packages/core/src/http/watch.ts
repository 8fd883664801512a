/** One timer for one exchange. */
export interface Watch {
  /** After `ms` milliseconds without another call, ends the exchange with the error. */
  set(ms: number, makeError: () => Error): void;
  clear(): void;
}

export function createWatch(onLate: (error: Error) => void): Watch {
  let timer: NodeJS.Timeout | undefined;
  const clear = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    set(ms, makeError) {
      clear();
      timer = setTimeout(() => onLate(makeError()), ms);
    },
    clear,
  };
}
