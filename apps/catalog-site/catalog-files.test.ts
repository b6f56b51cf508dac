import { Parser } from '@asyncapi/parser';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { HtmlValidate } from 'html-validate';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { catalog } from '../../events/catalog.ts';
import { catalogModel } from '../../schema-registry/documents/catalog-model.ts';
import { catalogFiles } from './catalog-files.ts';
import { currentSources } from './current-sources.ts';
import { indexPage } from './index-page.ts';
import { currentCode } from '../../schema-registry/stored-reading.ts';
import { deriveLineage } from '../embedded/catalog/lineage.ts';
import { MARKUP, ordered, smallCatalog } from '../../testing/catalog-site/small-catalog.ts';

// The documents, validated by the parsers of their standards and by the schemas themselves.

let small: ReadonlyMap<string, string>;
let ours: ReadonlyMap<string, string>;
beforeAll(async () => {
  small = await catalogFiles(smallCatalog);
  ours = await catalogFiles(currentSources(await deriveLineage(currentCode)));
});

const text = (path: string, files = small) => files.get(path) ?? expect.fail(`there is no ${path}`);
const named = (files: ReadonlyMap<string, string>, end: string) => [...files].filter(([path]) => path.endsWith(end));

/** A browser's reading of a text in a page. */
const asText = (html: string) =>
  html
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

describe('the pages', () => {
  it('are valid HTML and keep to what can be checked of WCAG', async () => {
    const judge = new HtmlValidate({
      extends: ['html-validate:recommended', 'html-validate:document'],
      rules: {
        // Matters of taste; the standard allows both.
        'void-style': 'off',
        'doctype-style': 'off',
        // The page's resources are beside it.
        'require-sri': ['error', { target: 'crossorigin' }],
      },
    });
    const start = await indexPage(catalogModel(smallCatalog), 'catalog/');
    for (const [path, page] of [...named(small, '.html'), ...named(ours, '.html'), ['start', start] as const]) {
      const { results } = await judge.validateString(page);
      const found = results.flatMap(({ messages }) =>
        messages.map((each) => `${each.line}: ${each.ruleId} ${each.message}`),
      );
      expect([path, found]).toEqual([path, []]);
    }
  });

  it('let no text of the catalog become markup', () => {
    for (const [path, page] of named(small, '.html')) {
      expect([path, page.match(/<script(?! src=)|alert\("/g)]).toEqual([path, null]);
    }
    expect(asText(text('events/ordered.html'))).toContain(MARKUP);
  });

  it('work from a folder: no link leads out of it and each leads to a file', () => {
    for (const files of [small, ours]) {
      for (const [path, page] of named(files, '.html')) {
        for (const [, link = ''] of page.matchAll(/(?:href|src)="([^"]+)"/g)) {
          if (/^(#|data:)/.test(link)) continue;
          const target = new URL(link, `file:///site/${path}`);
          expect(link).not.toMatch(/^[a-z]+:|^\//);
          expect(files.has(target.pathname.replace('/site/', '')), `${path} links to ${link}`).toBe(true);
        }
      }
    }
  });

  it('show each event: its fields, its rules, who reads what, and how its versions differ', () => {
    const page = asText(text('events/ordered.html'))
      .replace(/<[^>]*>/g, ' ')
      .replace(/\s+/g, ' ');
    for (const words of [
      'Deprecated. It is published until 2027-03-31 and accepts no new subscribers.',
      'Use shipped instead',
      'personal',
      'nothing is sent to where it is ( to )',
      'count-orders projection figures',
      'reads orderId parts[].name from',
      'from.street string required',
      'buyer may be null',
      'FIELD_MADE_NULLABLE',
      'Stored events of the version before need a step in between; subscribers that still run it read on',
      'Frozen on 2020-02-29 , sha256 a1b2c3d4e5f6 .',
      'not validated here',
    ]) {
      expect(page).toContain(words);
    }
    expect(asText(text('events/shipped.html'))).toContain('<strong>Draft.</strong>');
  });

  it('show nothing personal from an old event of a log', () => {
    for (const [path, document] of small) expect([path, document.includes('Mallory')]).toEqual([path, false]);
  });

  it('have an example that can be copied as JSON', () => {
    const blocks = [...text('events/ordered.html').matchAll(/<pre>([\s\S]*?)<\/pre>/g)].map(([, block = '']) => block);
    const copied = blocks.map((block) => JSON.parse(asText(block.replace(/<[^>]*>/g, ''))) as unknown);
    expect(copied).toEqual([...ordered.examples, { orderId: '1', buyer: 'xxxx' }]);
  });

  it('are the same each time', async () => {
    expect(await catalogFiles(smallCatalog)).toEqual(small);
  });

  it('say nothing of producers and consumers where nobody has looked for them', async () => {
    const { lineage: _lineage, ...others } = smallCatalog;
    expect((await catalogFiles(others)).get('events/ordered.html')).not.toMatch(/Read by|<svg/);
  });
});

describe('the AsyncAPI document', () => {
  it.each(['small', 'ours'])('of the %s catalog is what the official parser takes for AsyncAPI 3.0', async (which) => {
    const source = text('asyncapi.json', which === 'small' ? small : ours);
    const { document, diagnostics } = await new Parser().parse(source);
    // A newer version of the standard is not a fault of the document.
    const faults = diagnostics.filter(({ code }) => code !== 'asyncapi-latest-version');
    expect(faults.map(({ code, message, path }) => `${code} ${path.join('.')}: ${message}`)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
  });

  it('has each event as a message and each producer and consumer as an operation', async () => {
    const { document } = await new Parser().parse(text('asyncapi.json'));
    const messages = document?.components().messages().all() ?? [];
    expect(messages.map((message) => message.id())).toEqual(['ordered', 'shipped']);
    const operations = document?.operations().all() ?? [];
    expect(
      operations.map((each) => [
        each.id(),
        each.action(),
        each
          .messages()
          .all()
          .map((one) => one.id()),
      ]),
    ).toEqual([
      ['legacy-changes.send', 'send', ['ordered']],
      ['publishers.send', 'send', ['ordered']],
      ['count-orders.receive', 'receive', ['ordered']],
      ['pack.receive', 'receive', ['ordered']],
    ]);
  });
});

describe('the JSON Schemas', () => {
  function judge() {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    return ajv;
  }

  it('are JSON Schema 2020-12, each under the name of its data schema, and accept their examples', () => {
    for (const files of [small, ours]) {
      const schemas = named(files, '.schema.json');
      const ajv = judge();
      for (const [path, source] of schemas) {
        const schema = JSON.parse(source) as { $id: string; examples?: unknown[] };
        expect(ajv.validateSchema(schema), path).toBe(true);
        expect(schema.$id).toBe(path.replace(/^schemas\/(.*)-(\d+)\.schema\.json$/, 'figtree:$1:$2'));
        const validate = ajv.compile(schema);
        for (const example of schema.examples ?? [])
          expect([path, validate(example), validate.errors]).toEqual([path, true, null]);
      }
    }
  });

  it('accept and refuse what the parser of the event accepts and refuses', () => {
    const [good] = catalog['yubl-posted'].examples;
    const validate = judge().compile(
      JSON.parse(text(`schemas/yubl-posted-${catalog['yubl-posted'].version}.schema.json`, ours)) as object,
    );
    for (const data of [
      good,
      { ...good, more: 1 },
      { ...good, text: 1 },
      { ...good, yublId: 'x' },
      {},
      null,
      { ...good, postedAt: 'then' },
    ]) {
      expect([data, validate(data)]).toEqual([data, catalog['yubl-posted'].safeParse(data).success]);
    }
  });
});

describe('the folder for EventCatalog', () => {
  /** The text between the first two lines of dashes. */
  const matter = (path: string) => parseYaml(text(`eventcatalog/${path}`).split(/^---$/m)[1] ?? '') as unknown;

  it('has events with their older versions, and says what became of them', () => {
    expect(matter('events/ordered/index.mdx')).toEqual({
      id: 'ordered',
      name: 'ordered',
      version: '2.0.0',
      summary: `Somebody has ordered ${MARKUP}`,
      owners: ['sales'],
      schemaPath: 'schema.json',
      deprecated: { date: '2027-03-31', message: 'Use shipped instead.' },
    });
    expect(matter('events/ordered/versioned/1.0.0/index.mdx')).toMatchObject({ id: 'ordered', version: '1.0.0' });
    expect(matter('events/shipped/index.mdx')).toMatchObject({ draft: true });
    expect(matter('events/ordered/changelog.mdx')).toEqual({ createdAt: '2021-02-28' });
    for (const folder of ['events/ordered', 'events/ordered/versioned/1.0.0', 'events/shipped']) {
      expect(JSON.parse(text(`eventcatalog/${folder}/schema.json`))).toMatchObject({ type: 'object' });
    }
  });

  it('has producers and consumers as services, and owners as teams', () => {
    const message = { id: 'ordered', version: '2.0.0' };
    expect(matter('services/legacy-changes/index.mdx')).toMatchObject({
      id: 'legacy-changes',
      sends: [message],
      receives: [],
    });
    expect(matter('services/pack/index.mdx')).toMatchObject({ id: 'pack', sends: [], receives: [message] });
    expect(matter('teams/sales.mdx')).toEqual({ id: 'sales', name: 'sales' });
    expect(matter('teams/stock.mdx')).toEqual({ id: 'stock', name: 'stock' });
  });

  it('lets no text become markup or code of MDX', () => {
    const [, , body = ''] = text('eventcatalog/events/ordered/index.mdx').split(/^---$/m);
    const outsideOfCode = body.replace(/```[\s\S]*?```/g, '');
    expect(outsideOfCode).toContain('Somebody has ordered');
    expect(outsideOfCode).not.toMatch(/(?<!\\)<script|(?<!\\)\{/);
  });
});
