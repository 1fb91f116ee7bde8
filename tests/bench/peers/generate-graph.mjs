// A directed graph whose degrees follow a power law, the same each time.
//
//   node generate-graph.mjs DIR [--nodes=1000000] [--edges=10000000] [--pairs=100]
//
// Writes DIR/edges.txt ("source target" a line, ascending, no loop, no repetition) and DIR/pairs.txt
// ("from to" a line: different nodes, both with outgoing edges and `to` with an incoming one).
//
// The ends of an edge are drawn on their own: the node of rank r with a probability that falls as r to
// the power of 1 / skew - 1, ranks being numbered differently for sources and targets.

import { mkdirSync, realpathSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { LineWriter } from './ntriples.mjs';

const SOURCE_SKEW = 1.5;
const TARGET_SKEW = 2.0;

// The same numbers on every machine. Source: S. Vigna: SplitMix64 (public domain), its 32-bit form
// with the constants of MurmurHash3's finaliser. In [0, 1).
function randomNumbers(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return ((z ^ (z >>> 16)) >>> 0) / 2 ** 32;
  };
}

function shuffled(count, random) {
  const ids = Uint32Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; --i) {
    const j = Math.floor(random() * (i + 1));
    [ids[i], ids[j]] = [ids[j], ids[i]];
  }
  return ids;
}

export async function writeGraph(directory, { nodes = 1_000_000, edges = 10_000_000, pairs = 100 } = {}) {
  const random = randomNumbers(1);
  const sources = shuffled(nodes, random);
  const targets = shuffled(nodes, random);
  const draw = (ids, skew) => ids[Math.floor(random() ** skew * nodes)];
  // One number an edge, which sorts fast.
  const drawn = new Float64Array(edges);
  for (let i = 0; i < edges; ++i) drawn[i] = draw(sources, SOURCE_SKEW) * nodes + draw(targets, TARGET_SKEW);
  drawn.sort();

  mkdirSync(directory, { recursive: true });
  const hasOut = new Uint8Array(nodes);
  const hasIn = new Uint8Array(nodes);
  const edgeFile = new LineWriter(join(directory, 'edges.txt'));
  let last = -1;
  for (const edge of drawn) {
    const source = Math.floor(edge / nodes);
    const target = edge % nodes;
    if (edge !== last && source !== target) {
      await edgeFile.write(`${source} ${target}`);
      hasOut[source] = hasIn[target] = 1;
    }
    last = edge;
  }
  await edgeFile.close();

  const pairFile = new LineWriter(join(directory, 'pairs.partial'));
  for (let i = 0; i < pairs; ) {
    const from = Math.floor(random() * nodes);
    const to = Math.floor(random() * nodes);
    if (from === to || !hasOut[from] || !hasOut[to] || !hasIn[to]) continue;
    await pairFile.write(`${from} ${to}`);
    ++i;
  }
  await pairFile.close();
  renameSync(join(directory, 'pairs.partial'), join(directory, 'pairs.txt'));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const number = { type: 'string' };
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { nodes: number, edges: number, pairs: number } });
  if (positionals.length !== 1) throw new Error('node generate-graph.mjs DIR [--nodes=N] [--edges=N] [--pairs=N]');
  await writeGraph(positionals[0], Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)])));
}
