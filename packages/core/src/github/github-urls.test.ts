import { expect, test } from '@jest/globals';
import { gitHubUrls } from './github-urls.ts';

test('github.com is where nothing else is said', () => {
  expect(gitHubUrls({ GITHUB_API_URL: '' })).toEqual({
    api: 'https://api.github.com',
    graphql: 'https://api.github.com/graphql',
    uploads: 'https://uploads.github.com',
  });
});

test.each([
  [
    { GITHUB_API_URL: 'https://ghe.example/api/v3', GITHUB_GRAPHQL_URL: 'https://ghe.example/api/graphql' },
    {
      api: 'https://ghe.example/api/v3',
      graphql: 'https://ghe.example/api/graphql',
      uploads: 'https://ghe.example/api/uploads',
    },
  ],
  [
    { GITHUB_API_URL: 'https://ghe.example/api/v3/' },
    {
      api: 'https://ghe.example/api/v3',
      graphql: 'https://ghe.example/api/graphql',
      uploads: 'https://ghe.example/api/uploads',
    },
  ],
  [
    { GITHUB_API_URL: 'https://api.octo.ghe.com' },
    {
      api: 'https://api.octo.ghe.com',
      graphql: 'https://api.octo.ghe.com/graphql',
      uploads: 'https://uploads.octo.ghe.com',
    },
  ],
])('other places of GitHub are known: %j', (env, urls) => {
  expect(gitHubUrls(env)).toEqual(urls);
});

test.each([
  'http://ghe.example/api/v3',
  'ghe.example',
  'https://user:pw@ghe.example',
  'https://ghe.example/?x',
  'file:///a',
])('a token is not sent to %s', (value) => {
  expect(() => gitHubUrls({ GITHUB_API_URL: value })).toThrow(expect.objectContaining({ code: 'GITHUB_URL_INVALID' }));
  expect(() => gitHubUrls({ GITHUB_GRAPHQL_URL: value })).toThrow(/GITHUB_GRAPHQL_URL is/);
});
