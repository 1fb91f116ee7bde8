// Kuzu, in process, on two threads as everyone has.
//
// Triples: one table of nodes, whose key is the term's text, and a table of relationships for each
// predicate, so that a query reads the edges of its own predicates only.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LineWriter, readEdges, readTriples } from '../ntriples.mjs';
import { isVariable } from '../sparql.mjs';

const STEPS_MAX = 10;
const csv = (term) => `"${term.replaceAll('"', '""')}"`;
const text = (term) => `'${term.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
const COPY = `(HEADER = false, QUOTE = '"', ESCAPE = '"', AUTO_DETECT = false)`;

export class Engine {
  static name = 'kuzu';
  #connection;
  #database;
  #scratch;
  #tables = new Map();

  static async open({ scratch, require, limitSeconds }) {
    const engine = new Engine();
    const { Connection, Database } = require('kuzu');
    engine.#scratch = scratch;
    engine.#database = new Database(join(scratch, 'kuzu'), 8 * 2 ** 30);
    engine.#connection = new Connection(engine.#database, 2);
    engine.limitSeconds = limitSeconds;
    engine.version = JSON.parse(readFileSync(join(require.resolve('kuzu'), '..', 'package.json'), 'utf8')).version;
    return engine;
  }

  async loadTriples(file) {
    const terms = new Set();
    const writers = [];
    for await (const [subject, predicate, object] of readTriples(file)) {
      if (!this.#tables.has(predicate)) {
        this.#tables.set(predicate, `p${writers.length}`);
        writers.push(new LineWriter(this.#path(`p${writers.length}`)));
      }
      terms.add(subject).add(object);
      await writers[this.#tables.get(predicate).slice(1)].write(`${csv(subject)},${csv(object)}`);
    }
    for (const writer of writers) await writer.close();
    const nodes = new LineWriter(this.#path('terms'));
    for (const term of terms) await nodes.write(csv(term));
    await nodes.close();
    await this.#load('CREATE NODE TABLE Term(text STRING PRIMARY KEY)', 'Term', 'terms');
    for (const table of this.#tables.values()) await this.#load(`CREATE REL TABLE ${table}(FROM Term TO Term)`, table, table);
    this.#connection.setQueryTimeout(this.limitSeconds * 1000);
  }

  async loadEdges(file) {
    const ids = new Set();
    const edges = new LineWriter(this.#path('edges'));
    for await (const [source, target] of readEdges(file)) {
      ids.add(Number(source)).add(Number(target));
      await edges.write(`${source},${target}`);
    }
    await edges.close();
    const nodes = new LineWriter(this.#path('nodes'));
    for (const id of ids) await nodes.write(String(id));
    await nodes.close();
    await this.#load('CREATE NODE TABLE Node(id INT64 PRIMARY KEY)', 'Node', 'nodes');
    await this.#load('CREATE REL TABLE knows(FROM Node TO Node)', 'knows', 'edges');
    this.#connection.setQueryTimeout(this.limitSeconds * 1000);
  }

  basicGraphPattern({ variables, triples }) {
    const node = (term) => (isVariable(term) ? `(${term.slice(1)}:Term)` : `(:Term {text: ${text(term)}})`);
    const edges = triples.map(({ subject, predicate, object }) => `${node(subject)}-[:${this.#tables.get(predicate)}]->${node(object)}`);
    return `MATCH ${edges.join(', ')} RETURN ${variables.map((name) => `${name.slice(1)}.text`).join(', ')}`;
  }

  graphQueries = {
    hop2: (from) => `MATCH (:Node {id: ${from}})-[:knows]->(:Node)-[:knows]->(b:Node) RETURN count(DISTINCT b.id) AS n`,
    hop3: (from) => `MATCH (:Node {id: ${from}})-[:knows]->(:Node)-[:knows]->(:Node)-[:knows]->(c:Node) RETURN count(DISTINCT c.id) AS n`,
    reach6: (from, to) => `MATCH (:Node {id: ${from}})-[e:knows* SHORTEST 1..6]->(:Node {id: ${to}}) RETURN count(*) AS n`,
    shortest: (from, to) => `MATCH (:Node {id: ${from}})-[e:knows* SHORTEST 1..${STEPS_MAX}]->(:Node {id: ${to}}) RETURN length(e) AS n`,
    triangles: () => 'MATCH (a:Node)-[:knows]->(b:Node)-[:knows]->(c:Node), (a)-[:knows]->(c) RETURN count(*) AS n',
    cliques4: () => `MATCH (a:Node)-[:knows]->(b:Node)-[:knows]->(c:Node), (a)-[:knows]->(c),
      (a)-[:knows]->(d:Node), (b)-[:knows]->(d), (c)-[:knows]->(d) RETURN count(*) AS n`,
  };

  async run(cypher) {
    const result = await this.#connection.query(cypher);
    const rows = result.getAllSync();
    result.close();
    return { rows: rows.length, first: rows.length > 0 ? Object.values(rows[0])[0] : undefined };
  }

  async close() {
    await this.#connection.close();
    await this.#database.close();
  }

  #path(name) {
    return join(this.#scratch, `${name}.csv`);
  }

  async #load(definition, table, file) {
    await this.run(definition);
    await this.run(`COPY ${table} FROM ${text(this.#path(file))} ${COPY}`);
  }
}
