// Merges results and prints, for each workload, a table with a line a class.
//
//   node report.mjs FILE.json ...
//
// Each file holds results as README.md says. A cell is the geometric mean of an engine's medians in
// milliseconds over those queries of the class that all engines with a figure for the class answered,
// and in brackets how many times ours that is. Exits with 1 when two engines answer a query differently.

import { existsSync, readFileSync } from 'node:fs';
import { geometricMean } from './measure.mjs';

const OURS = 'sightline';
const PEERS = ['virtuoso', 'oxigraph', 'kuzu', 'duckdb'];
const ENGINES = [OURS, 'sightline-grpc', ...PEERS];

// How many times as fast as a peer we want to be.
const WANTED = {
  watdiv: { classes: ['L', 'S', 'F', 'C'], best: () => 2, virtuoso: () => undefined },
  graph: {
    classes: ['hops', 'reachability', 'shortest path', 'cyclic'],
    best: (kind) => (kind === 'cyclic' ? undefined : 3),
    virtuoso: (kind) => (kind === 'reachability' || kind === 'shortest path' ? 60 : undefined),
  },
};

// Engines that are not packaged, by their medians in ms next to Virtuoso's on one machine: WatDiv with 1.1 M
// triples, and a graph of 1 M nodes and 10 M edges. They are compared by how many times as fast as Virtuoso they were.
const ORIENTATION = {
  watdiv: { by: 'class', virtuoso: { L: 2.4, S: 4.3, F: 7.3, C: 19.6 }, 'rdf-3x': { L: 1.15, S: 1.5, F: 2.6, C: 11.2 }, millenniumdb: { L: 1.5, S: 1.65, F: 2.2, C: 36 } },
  graph: { by: 'query', virtuoso: { hop2: 2.5, hop3: 13.6, reach6: 79, shortest: 58 }, millenniumdb: { hop2: 1.4, hop3: 7.2, reach6: 1.5, shortest: 1.7 } },
};

const times = (value) => `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)}x`;
const milliseconds = (value) => (value >= 100 ? value.toFixed(0) : value.toPrecision(3));

function printTable(title, rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  console.log(`\n${title}`);
  for (const row of rows) console.log('  ' + row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
}

// The engines' geometric means over the queries in `kind` that all of them answered. An engine that
// answered none is left out, so that it takes no query from the others.
function means(results, kind) {
  const medians = new Map();
  const names = new Set();
  for (const result of results.filter((entry) => entry.class === kind)) {
    names.add(result.query);
    if (result.median_ms === null) continue;
    if (!medians.has(result.engine)) medians.set(result.engine, new Map());
    medians.get(result.engine).set(result.query, result.median_ms);
  }
  const shared = [...names].filter((query) => [...medians.values()].every((of) => of.has(query)));
  const mean = new Map();
  if (shared.length > 0) for (const [engine, of] of medians) mean.set(engine, geometricMean(shared.map((query) => of.get(query))));
  return { mean, shared: shared.length, all: names.size };
}

function printMeans(title, results, kinds, wanted) {
  const engines = ENGINES.filter((engine) => results.some((entry) => entry.engine === engine));
  const rows = [['', 'queries', ...engines, 'best peer', 'wanted', 'virtuoso', 'wanted']];
  for (const kind of kinds) {
    const { mean, shared, all } = means(results, kind);
    if (all === 0) continue;
    const ours = mean.get(OURS);
    const ratio = (value) => (ours === undefined || value === undefined ? '' : times(value / ours));
    const cell = (engine) => {
      const value = mean.get(engine);
      if (value === undefined) return '-';
      return milliseconds(value) + (engine === OURS || ours === undefined ? '' : ` (${ratio(value)})`);
    };
    const peers = PEERS.map((peer) => mean.get(peer)).filter((value) => value !== undefined);
    const goal = (value) => (value === undefined ? '' : times(value));
    rows.push([kind, shared === all ? `${all}` : `${shared} of ${all}`, ...engines.map(cell),
      peers.length > 0 ? ratio(Math.min(...peers)) : '', goal(wanted.best(kind)), ratio(mean.get('virtuoso')), goal(wanted.virtuoso(kind))]);
  }
  printTable(title, rows);
}

function printOrientation(workload, results) {
  const { by, virtuoso, ...others } = ORIENTATION[workload];
  const rows = [['', 'sightline, here', ...Object.keys(others).map((name) => `${name}, elsewhere`)]];
  for (const kind of Object.keys(virtuoso)) {
    const { mean } = means(results.filter((entry) => [OURS, 'virtuoso'].includes(entry.engine)).map((entry) => ({ ...entry, class: entry[by] })), kind);
    const ours = mean.has(OURS) && mean.has('virtuoso') ? times(mean.get('virtuoso') / mean.get(OURS)) : '-';
    rows.push([kind, ours, ...Object.values(others).map((of) => times(virtuoso[kind] / of[kind]))]);
  }
  printTable(`${workload}: times as fast as Virtuoso in the same run`, rows);
}

// Prints what does not agree and what was not answered. Whether all answers agree.
function printAnswers(results) {
  const answers = new Map();
  for (const { workload, query, engine, rows, error } of results) {
    if (error !== undefined) console.log(`not answered: ${workload} ${query} by ${engine}: ${error.split('\n')[0]}`);
    if (rows === null) continue;
    const of = answers.get(`${workload} ${query}`) ?? new Map();
    of.set(rows, [...(of.get(rows) ?? []), engine]);
    answers.set(`${workload} ${query}`, of);
  }
  let compared = 0, different = 0;
  for (const [query, of] of answers) {
    if ([...of.values()].flat().length > 1) ++compared;
    if (of.size <= 1) continue;
    ++different;
    console.log(`DIFFERENT: ${query}: ${[...of].map(([rows, engines]) => `${rows} from ${engines.join(', ')}`).join('; ')}`);
  }
  console.log(`${compared} queries answered by more than one engine, ${different} of them differently`);
  return different === 0;
}

const results = process.argv.slice(2).filter((file) => existsSync(file)).flatMap((file) => JSON.parse(readFileSync(file, 'utf8')));
if (results.length === 0) throw new Error('there are no results');
for (const [workload, wanted] of Object.entries(WANTED)) {
  const of = results.filter((entry) => entry.workload === workload);
  if (of.length === 0) continue;
  const kinds = wanted.classes.filter((kind) => of.some((entry) => entry.class === kind));
  printMeans(`${workload}: geometric means of warm medians in ms (times ours)`, of, kinds, wanted);
  if (workload === 'graph') {
    const queries = [...new Set(of.map((entry) => entry.query))];
    const kindOf = new Map(of.map((entry) => [entry.query, entry.class]));
    printMeans('graph, query by query', of.map((entry) => ({ ...entry, class: entry.query })), queries,
      { best: (query) => wanted.best(kindOf.get(query)), virtuoso: (query) => wanted.virtuoso(kindOf.get(query)) });
  }
  printOrientation(workload, of);
}
console.log('\n' + [...new Set(results.map(({ engine, version }) => `${engine} ${version}`))].join(', '));
if (!printAnswers(results)) process.exitCode = 1;
