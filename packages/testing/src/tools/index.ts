export { type FakeTools, fakeTools, type ToolAnswer } from './fake-tools.ts';
