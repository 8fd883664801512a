// The least that speaks the cache service: enough to test the benchmark where no checkout of actions/cache is.
const { ACTIONS_RESULTS_URL = '', ACTIONS_RUNTIME_TOKEN = '' } = process.env;

/** Calls a method of the service and gives the answer's texts. Throws where the service refuses. */
export async function call(method: string, fields: object): Promise<ReadonlyMap<string, string>> {
  const url = new URL(`/twirp/github.actions.results.api.v1.CacheService/${method}`, ACTIONS_RESULTS_URL);
  const response = await fetch(url, {
    method: 'POST',
    headers: { authorization: `Bearer ${ACTIONS_RUNTIME_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ ...fields, version: 'stand-in' }),
  });
  const body = await response.text();
  if (!response.ok) throw new Error(`${method}: ${response.status} ${body}`);
  const answer: unknown = JSON.parse(body);
  return new Map(Object.entries(answer ?? {}).map(([name, value]) => [name, String(value)]));
}
