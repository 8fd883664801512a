/** Hands work to the thread that has least of it. */
export class ThreadQueue {
  readonly #busy: number[];
  readonly #each: number;
  readonly #working = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  /** @param each what a thread has at once, at most */
  constructor(threads: number, each: number) {
    this.#busy = Array.from({ length: threads }, () => 0);
    this.#each = each;
  }

  /** Begins the work when a thread has room for it, and does not wait for its end. @throws what failed before */
  async run(work: (thread: number) => Promise<void>): Promise<void> {
    this.#throwFailure();
    while (Math.min(...this.#busy) >= this.#each) {
      await Promise.race(this.#working);
      this.#throwFailure();
    }
    const thread = this.#busy.indexOf(Math.min(...this.#busy));
    this.#busy[thread] = (this.#busy[thread] ?? 0) + 1;
    const working = work(thread)
      .catch((error: unknown) => this.fail(error))
      .then(() => {
        this.#busy[thread] = (this.#busy[thread] ?? 0) - 1;
        this.#working.delete(working);
      });
    this.#working.add(working);
  }

  /** Nothing more is begun. The first failure counts. */
  fail(error: unknown): void {
    this.#failure ??= { error };
  }

  /** When all that was begun has ended. @throws the first failure */
  async settled(): Promise<void> {
    await Promise.all(this.#working);
    this.#throwFailure();
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
