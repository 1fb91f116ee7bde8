// Oxigraph, in process: its npm package, which keeps everything in memory (WebAssembly, at most 4 GB).
//
// Not asked: reachability within a number of steps and shortest paths, for which SPARQL has no words.

import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWS, nodeIri, writeEdgesAsTriples } from '../ntriples.mjs';

const count = (what, pattern) => `SELECT (COUNT(${what}) AS ?n) WHERE { ${pattern} }`;

export class Engine {
  static name = 'oxigraph';
  #store;

  static async open({ scratch, require }) {
    const engine = new Engine();
    engine.scratch = scratch;
    engine.version = JSON.parse(readFileSync(require.resolve('oxigraph/package.json'), 'utf8')).version;
    engine.#store = new (require('oxigraph').Store)();
    return engine;
  }

  // A file may be longer than the longest string: it is loaded in pieces that end with a line.
  async loadTriples(file) {
    const load = (text) => this.#store.load(text, { format: 'application/n-triples', no_transaction: true, lenient: true });
    let rest = '';
    for await (const piece of createReadStream(file, { encoding: 'utf8', highWaterMark: 1 << 24 })) {
      const text = rest + piece;
      const end = text.lastIndexOf('\n') + 1;
      load(text.slice(0, end));
      rest = text.slice(end);
    }
    load(rest);
  }

  async loadEdges(file) {
    const triples = join(this.scratch, 'edges.nt');
    await writeEdgesAsTriples(file, triples);
    await this.loadTriples(triples);
  }

  basicGraphPattern(_pattern, sparql) {
    return sparql;
  }

  graphQueries = {
    hop2: (from) => count('DISTINCT ?b', `${nodeIri(from)} ${KNOWS} ?a . ?a ${KNOWS} ?b`),
    hop3: (from) => count('DISTINCT ?c', `${nodeIri(from)} ${KNOWS} ?a . ?a ${KNOWS} ?b . ?b ${KNOWS} ?c`),
    triangles: () => count('*', `?a ${KNOWS} ?b . ?b ${KNOWS} ?c . ?a ${KNOWS} ?c`),
    cliques4: () => count('*', `?a ${KNOWS} ?b , ?c , ?d . ?b ${KNOWS} ?c , ?d . ?c ${KNOWS} ?d`),
  };

  async run(sparql) {
    const solutions = this.#store.query(sparql);
    let first;
    for (const solution of solutions) {
      for (const term of solution.values()) first ??= term.value;
    }
    return { rows: solutions.length, first };
  }

  async close() {}
}
