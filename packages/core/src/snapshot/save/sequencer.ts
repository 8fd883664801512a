/** Lets work that is done at once pass a point in the order of its numbers. */
export class Sequencer {
  #turn = 0;
  #failure: unknown;
  #failed = false;
  readonly #waiting = new Map<number, { resolve: () => void; reject: (error: unknown) => void }>();

  /** Until all lower numbers are {@link done}. Each number waits at most once. */
  async wait(number: number): Promise<void> {
    if (this.#failed) throw this.#failure;
    if (number === this.#turn) return;
    await new Promise<void>((resolve, reject) => this.#waiting.set(number, { resolve, reject }));
  }

  /** Number `turn` has passed; only called after its {@link wait}. */
  done(): void {
    this.#turn++;
    const next = this.#waiting.get(this.#turn);
    this.#waiting.delete(this.#turn);
    next?.resolve();
  }

  /** Nobody will pass any more. */
  fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#failure = error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
