// Runs one workload on one peer.
//
//   node run.mjs ENGINE WORKLOAD --peers=DIR --data=DIR --json=FILE [--source=DIR] [--only=NAME]
//        [--warmups=3] [--rounds=10] [--seconds=60] [--limit=300]
//
// ENGINE is virtuoso, oxigraph, kuzu or duckdb, WORKLOAD watdiv or graph. --peers is where `install`
// put them; --data has the graph, or keeps what WatDiv prepares for all engines; --source is the WatDiv folder.
// FILE is written anew after each query, so that a run which is stopped leaves what it has. A query
// that has taken `seconds` is run no more, but at least twice; one text that takes `limit` seconds has failed.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measure } from './measure.mjs';

const NUMBERS = { warmups: 3, rounds: 10, seconds: 60, limit: 300 };
const WORDS = ['peers', 'data', 'json', 'source', 'only'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: Object.fromEntries([...WORDS, ...Object.keys(NUMBERS)].map((name) => [name, { type: 'string' }])),
});
const options = Object.fromEntries(Object.entries(NUMBERS).map(([name, usual]) => [name, Number(values[name] ?? usual)]));
const [engineName, workloadName] = positionals;
const peers = resolve(values.peers);
const data = resolve(values.data);

const { Engine } = await import(`./engines/${engineName}.mjs`);
const workload = await import(`./workloads/${workloadName}.mjs`);

mkdirSync(data, { recursive: true });
workload.prepare(values.source, data);
const scratch = mkdtempSync(join(peers, `${engineName}-`));
process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

const engine = await Engine.open({ scratch, peers, require: createRequire(join(peers, 'package.json')), limitSeconds: options.limit });
const results = [];
try {
  const begin = performance.now();
  await workload.load(engine, data);
  console.error(`${engineName} ${engine.version}, ${workloadName}: loaded in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  for (const { query, class: kind, texts } of workload.queries(engine, values.source, data)) {
    if (!query.startsWith(values.only ?? '')) continue;
    const result = { engine: engineName, version: engine.version, workload: workloadName, query, class: kind, median_ms: null, rows: null };
    try {
      Object.assign(result, await measure(texts, async (text) => workload.answer(await engine.run(text)), options));
    } catch (error) {
      result.error = String(error.message ?? error).slice(0, 300);
    }
    console.error(`${engineName} ${query.padEnd(10)} ${result.error ?? `${result.median_ms.toFixed(3)} ms, ${result.rows}`}`);
    results.push(result);
    writeFileSync(values.json, `[\n${results.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`);
  }
} finally {
  await engine.close();
}
// An in-process engine may still be busy with a query that was given up.
process.exit(0);
