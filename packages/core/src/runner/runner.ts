/** Optional parts of an annotation. */
export interface AnnotationOptions {
  /** Short heading; the message follows it. */
  readonly title?: string;
}

/**
 * What a step may ask of the runner that it runs on. Text given to the log methods and to `summary` is redacted: values
 * given to {@link Runner.mask} and anything shaped like a credential never leave. Outputs and state go out as they are.
 */
export interface Runner {
  /** The step's input, trimmed; empty where it was not given. */
  input(name: string): string;
  setOutput(name: string, value: string): void;
  /** Keeps a value for the post step of the same `uses:`. */
  saveState(name: string, value: string): void;
  /** What the main step saved; empty where it saved nothing. */
  state(name: string): string;
  /** Sets an environment variable for this step and the later ones of the job. */
  exportVariable(name: string, value: string): void;
  /** Puts a folder in front of `PATH`, for this step and the later ones of the job. */
  addPath(folder: string): void;
  /** From here on the value is masked, here and in every later step's log. Empty values are ignored. */
  mask(value: string): void;
  info(message: string): void;
  notice(message: string, options?: AnnotationOptions): void;
  warning(message: string, options?: AnnotationOptions): void;
  error(message: string, options?: AnnotationOptions): void;
  /** Folds what is logged meanwhile under one line. */
  group<T>(title: string, body: () => Promise<T>): Promise<T>;
  /** Adds markdown to the job's summary page. Does nothing on runners that have none. */
  summary(markdown: string): void;
  /** Prints the error with its code and hint, and makes the step fail when the process ends by itself. */
  failed(error: unknown): void;
}
