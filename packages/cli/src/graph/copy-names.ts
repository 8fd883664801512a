/** What is copied, and where to. */
export interface CopyNames {
  /** `host/repository@digest`. */
  readonly from: string;
  /** `host/repository`. */
  readonly to: string;
  readonly tag: string | undefined;
}
