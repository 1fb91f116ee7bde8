// DuckDB, in process, on two threads as everyone has.
//
// Triples: a table for each predicate with its subjects and objects as text, sorted. Tables of numbers
// with a dictionary were no faster on the whole, in a short comparison: looking up the results'
// texts cost what the narrower joins gained. ENUM cost seconds a query with this many values.

import { join } from 'node:path';
import { isVariable } from '../sparql.mjs';

const STEPS_MAX = 10;
const text = (term) => `'${term.replaceAll("'", "''")}'`;

const TRIANGLES = 'edges ab JOIN edges bc ON bc.src = ab.dst JOIN edges ac ON ac.src = ab.src AND ac.dst = bc.dst';

// The nodes that are reached, each once, at the first step that reaches it.
const reached = (from, steps, until) => `
  WITH RECURSIVE reached(node, step) USING KEY (node) AS (
    SELECT ${from}::INTEGER, 0
    UNION
    SELECT e.dst, min(r.step) + 1 FROM reached r JOIN edges e ON e.src = r.node
    WHERE r.step < ${steps}
      AND NOT EXISTS (SELECT 1 FROM recurring.reached k WHERE k.node = e.dst)
      AND NOT EXISTS (SELECT 1 FROM recurring.reached k WHERE k.node = ${until})
    GROUP BY e.dst)`;

export class Engine {
  static name = 'duckdb';
  #connection;
  #limitSeconds;
  #tables = new Map();

  static async open({ scratch, require, limitSeconds }) {
    const engine = new Engine();
    const { DuckDBInstance } = require('@duckdb/node-api');
    const database = await DuckDBInstance.create(join(scratch, 'duckdb'), { threads: '2', memory_limit: '8GB', temp_directory: scratch });
    engine.#connection = await database.connect();
    engine.#limitSeconds = limitSeconds;
    engine.version = (await engine.run('SELECT version()')).first.replace(/^v/, '');
    return engine;
  }

  async loadTriples(file) {
    await this.#execute(`CREATE TEMP TABLE triples AS SELECT DISTINCT t.s AS s, t.p AS p, t.o AS o FROM (
      SELECT regexp_extract(line, '^(\\S+) (\\S+) (.*) \\.$', ['s', 'p', 'o']) AS t
      FROM read_csv(${text(file)}, columns = {'line': 'VARCHAR'}, header = false, delim = '\x01', quote = '', escape = '', auto_detect = false))`);
    const predicates = await this.#connection.runAndReadAll('SELECT DISTINCT p FROM triples ORDER BY p');
    for (const [predicate] of predicates.getRows()) {
      const table = `p${this.#tables.size}`;
      await this.#execute(`CREATE TABLE ${table} AS SELECT s, o FROM triples WHERE p = ${text(predicate)} ORDER BY s, o`);
      this.#tables.set(predicate, table);
    }
    await this.#execute('DROP TABLE triples');
    await this.#execute('CHECKPOINT');
  }

  async loadEdges(file) {
    await this.#execute(`CREATE TABLE edges AS SELECT src, dst FROM
      read_csv(${text(file)}, columns = {'src': 'INTEGER', 'dst': 'INTEGER'}, header = false, delim = ' ', auto_detect = false) ORDER BY src, dst`);
    await this.#execute('CHECKPOINT');
  }

  basicGraphPattern({ variables, triples }) {
    const from = [], where = [], columnOf = new Map();
    for (const [i, { subject, predicate, object }] of triples.entries()) {
      from.push(`${this.#tables.get(predicate)} t${i}`);
      for (const [term, column] of [[subject, `t${i}.s`], [object, `t${i}.o`]]) {
        if (!isVariable(term)) where.push(`${column} = ${text(term)}`);
        else if (columnOf.has(term)) where.push(`${column} = ${columnOf.get(term)}`);
        else columnOf.set(term, column);
      }
    }
    return `SELECT ${variables.map((name) => columnOf.get(name)).join(', ')} FROM ${from.join(', ')} WHERE ${where.join(' AND ') || 'true'}`;
  }

  graphQueries = {
    hop2: (from) => `SELECT count(DISTINCT e2.dst) FROM edges e1 JOIN edges e2 ON e2.src = e1.dst WHERE e1.src = ${from}`,
    hop3: (from) => `SELECT count(DISTINCT e3.dst) FROM edges e1 JOIN edges e2 ON e2.src = e1.dst JOIN edges e3 ON e3.src = e2.dst WHERE e1.src = ${from}`,
    reach6: (from, to) => `${reached(from, 6, to)} SELECT count(*) FROM reached WHERE node = ${to}`,
    shortest: (from, to) => `${reached(from, STEPS_MAX, to)} SELECT step FROM reached WHERE node = ${to}`,
    triangles: () => `SELECT count(*) FROM ${TRIANGLES}`,
    // As one join of six it does not end: the order that DuckDB chooses closes no triangle first.
    cliques4: () => `WITH t AS MATERIALIZED (SELECT ab.src AS a, ab.dst AS b, bc.dst AS c FROM ${TRIANGLES})
      SELECT count(*) FROM t abc JOIN t abd ON abd.a = abc.a AND abd.b = abc.b JOIN edges cd ON cd.src = abc.c AND cd.dst = abd.c`,
  };

  async run(sql) {
    const timer = setTimeout(() => this.#connection.interrupt(), this.#limitSeconds * 1000);
    try {
      const rows = (await this.#connection.runAndReadAll(sql)).getRows();
      return { rows: rows.length, first: rows[0]?.[0] };
    } finally {
      clearTimeout(timer);
    }
  }

  async close() {
    this.#connection.closeSync();
  }

  async #execute(sql) {
    await this.#connection.run(sql);
  }
}
