// Questions about a directed graph: neighbourhoods, reachability, shortest paths, cyclic patterns.
// README.md says what each of them counts.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

// Cheap ones first: what an engine cannot do in the time that it is given is then at the end.
const CLASSES = { hop2: 'hops', hop3: 'hops', reach6: 'reachability', shortest: 'shortest path', triangles: 'cyclic', cliques4: 'cyclic' };

export const load = (engine, data) => engine.loadEdges(join(data, 'edges.txt'));

export function prepare(_source, data) {
  if (!existsSync(join(data, 'pairs.txt'))) throw new Error(`there is no ${join(data, 'pairs.txt')}: query_bench generate ${data}`);
}

// The texts are one for each pair, or only one when the question is about the whole graph. Those
// that the engine has no words for are left out.
export function queries(engine, _source, data) {
  const pairs = readFileSync(join(data, 'pairs.txt'), 'utf8').trim().split('\n').map((line) => line.split(' ').map(Number));
  return Object.entries(CLASSES).filter(([query]) => engine.graphQueries[query] !== undefined).map(([query, kind]) => {
    const text = engine.graphQueries[query];
    return { query, class: kind, texts: text.length === 0 ? [text()] : pairs.map((pair) => text(...pair)) };
  });
}

// All of them answer with one number; no row is zero.
export const answer = (result) => Number(result.first ?? 0);
