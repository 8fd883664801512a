export { fakeRunContext } from './fake-context.ts';
export { createFakeRunner, type FakeRunner, type FakeRunnerOptions, type LogLine } from './fake-runner.ts';
export { readWrongInputs, type WrongInput } from './read-wrong-inputs.ts';
