export { type Backoff, backoffDelay } from './backoff.ts';
export { type DeadlineOptions, withDeadline } from './deadline.ts';
export { type Limit, limit } from './limit.ts';
export { type Sleep, sleep } from './sleep.ts';
export { type Retry, type RetryClock, type RetryPolicy, withRetry } from './with-retry.ts';
