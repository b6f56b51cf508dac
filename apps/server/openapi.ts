import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import type { ServerApp } from './env.ts';
import { publishedEventSchema } from './recorded-event.ts';
import { json } from './responses.ts';

const info = {
  title: 'Figtree',
  version: '0.1.0',
  description:
    'Publish events with `POST /events` and `POST /legacy/changes`; read the feeds, relationships and search built from ' +
    'them. Errors are RFC 9457 problem details with a `code`. Lists are `{ items, next }`, paged with `limit` and `cursor`. ' +
    'A read with `after` waits until its data includes that position. Send `x-correlation-id`, `traceparent` and `baggage` ' +
    'to trace a flow.',
  license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
};

const tags = ['operation'];

type Document = ReturnType<ServerApp['getOpenAPI31Document']>;

const start = z.object({ name: z.string(), document: z.string(), routes: z.array(z.string()) });

/** Adds `/openapi.json`, and `/` which lists the routes. */
export function addDocument(app: ServerApp): void {
  const { openAPIRegistry: registry } = app;
  registry.registerComponent('schemas', 'Event', publishedEventSchema());
  registry.registerComponent('securitySchemes', 'publishKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'A publish key, required for publishing once any key is configured',
  });
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
    description: 'The same publish key, sent in the `x-api-key` header',
  });
  registry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'A JWT whose `sub` is the user ID. The scope `admin` grants access to `/admin` and to the raw events.',
  });

  app.openapi(
    createRoute({
      method: 'get',
      path: '/openapi.json',
      tags,
      summary: 'Get this OpenAPI document',
      responses: { 200: json(z.custom<Document>().openapi({ type: 'object' }), 'The OpenAPI 3.1 document') },
    }),
    (c) => c.json(documentOf(app), 200),
  );

  app.openapi(
    createRoute({
      method: 'get',
      path: '/',
      tags,
      summary: 'List the routes',
      responses: { 200: json(start, 'The list of routes') },
    }),
    (c) => c.json({ name: info.title, document: '/openapi.json', routes: routesOf(documentOf(app)) }, 200),
  );
}

const documents = new WeakMap<ServerApp, Document>();

/** The document of an app, generated from its routes when it is first requested. The generation takes tens of
 *  milliseconds, so a server does it before it listens. */
export function documentOf(app: ServerApp): Document {
  let document = documents.get(app);
  if (document === undefined) {
    document = app.getOpenAPI31Document({ openapi: '3.1.0', info, servers: [{ url: '/' }] });
    documents.set(app, document);
  }
  return document;
}

function routesOf({ paths = {} }: Document): string[] {
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
}
