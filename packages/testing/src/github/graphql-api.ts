import type { GraphQLError, GraphQLSchema } from 'graphql';
import { graphqlRepository } from './graphql-objects.ts';
import type { Limits } from './limits.ts';
import { problemOfMove, problemOfNewRef } from './refs-api.ts';
import { failure, json, type Reply } from './reply.ts';
import { repositoryNodeId } from './repository-shape.ts';
import { field, type Incoming, recordOf, textField } from './route.ts';
import { setRef, type World } from './world.ts';

/** An error as GitHub's GraphQL API writes it: with a `type` beside the message. */
class TypedError extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

let published: Promise<GraphQLSchema> | undefined;

/** GitHub's schema as it is published, read once. What does not fit it is an error of the execution. */
export async function publishedSchema(): Promise<GraphQLSchema> {
  published ??= (async () => {
    const { buildSchema } = await import('graphql');
    const { schema } = await import('@octokit/graphql-schema');
    return buildSchema(schema.idl, { assumeValidSDL: true });
  })();
  return published;
}

/** `POST /graphql`: the query is executed by the published schema over what the stand-in holds. */
export async function answerGraphql(request: Incoming, world: World, limits: Limits): Promise<Reply> {
  const { execute, parse, validate } = await import('graphql');
  const schema = await publishedSchema();
  const query = textField(request.body, 'query');
  if (query === undefined) return failure(400, 'A query attribute must be specified and must be a string.');
  try {
    const document = parse(query);
    const mistakes = validate(schema, document);
    if (mistakes.length > 0) return json(200, { errors: mistakes.map(errorShape) });
    const variableValues = recordOf(field(request.body, 'variables'));
    const rootValue = rootOf(request, world, limits);
    const { data, errors } = await execute({ schema, document, rootValue, variableValues });
    return json(200, {
      ...(data === undefined ? {} : { data }),
      ...(errors === undefined ? {} : { errors: errors.map(errorShape) }),
    });
  } catch (error) {
    return json(200, { errors: [{ message: error instanceof Error ? error.message : String(error) }] });
  }
}

function errorShape(error: GraphQLError) {
  const { originalError, message, path, locations } = error;
  const type = originalError instanceof TypedError ? { type: originalError.type } : {};
  return {
    ...type,
    ...(path === undefined ? {} : { path }),
    ...(locations === undefined ? {} : { locations }),
    message,
  };
}

function rootOf(request: Incoming, world: World, limits: Limits) {
  const { may } = request;
  const notResolved = (what: string) => new TypedError('NOT_FOUND', `Could not resolve to a ${what}.`);
  return {
    rateLimit() {
      const { limit, remaining, used, resetAt } = limits.facts();
      return { cost: 1, limit, remaining, used, nodeCount: 1, resetAt: new Date(resetAt).toISOString() };
    },
    repository({ owner, name }: { readonly owner: string; readonly name: string }) {
      if (owner !== world.owner || name !== world.repo || !may('contents', 'read')) {
        throw notResolved(`Repository with the name '${owner}/${name}'`);
      }
      return graphqlRepository(world, may);
    },
    updateRefs({ input }: { readonly input: { readonly [name: string]: unknown } }) {
      if (input['repositoryId'] !== repositoryNodeId(world)) throw notResolved('node with the global id');
      if (!may('contents', 'write')) throw new TypedError('FORBIDDEN', 'Resource not accessible by integration');
      const updates = Array.isArray(input['refUpdates']) ? input['refUpdates'].map(recordOf) : [];
      for (const update of updates) checkUpdate(world, update);
      for (const { name, afterOid } of updates)
        setRef(world, String(name), isZero(afterOid) ? undefined : String(afterOid));
      return { clientMutationId: input['clientMutationId'] ?? null };
    },
  };
}

const isZero = (oid: unknown) => /^0+$/.test(String(oid));

/** One of several that all happen or none: `beforeOid` of zeros says that there is no such ref. */
function checkUpdate(world: World, { name, beforeOid, afterOid, force }: Record<string, unknown>): void {
  const ref = String(name);
  const now = world.refs.get(ref);
  const expected = typeof beforeOid === 'string' ? beforeOid : undefined;
  if (expected !== undefined && (isZero(expected) ? now !== undefined : now !== expected)) {
    throw new TypedError('UNPROCESSABLE', `Reference ${ref} does not point to the expected value`);
  }
  if (isZero(afterOid)) return;
  const problem =
    now === undefined
      ? problemOfNewRef(world, ref, String(afterOid))
      : problemOfMove(world, ref, String(afterOid), force === true);
  if (problem !== undefined) {
    const { message } = recordOf(JSON.parse(Buffer.from(problem.body).toString('utf8')));
    throw new TypedError('UNPROCESSABLE', String(message));
  }
}
