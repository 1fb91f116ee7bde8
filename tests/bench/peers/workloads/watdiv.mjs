// WatDiv: basic graph patterns in four classes: linear (L), stars (S), snowflakes (F), complex (C).
//
// Source: G. Aluç, O. Hartig, M. T. Özsu, K. Daudjee: Diversified stress testing of RDF data
// management systems (ISWC 2014).

import { execFileSync } from 'node:child_process';
import { existsSync, openSync, closeSync, readdirSync, readFileSync, renameSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseBasicGraphPattern } from '../sparql.mjs';

// What an engine has to do with the workload.
export const load = (engine, data) => engine.loadTriples(join(data, 'watdiv.nt'));

// `source` is the folder with watdiv-s10.nt.zst; unpacks it into `data` once.
export function prepare(source, data) {
  const file = join(data, 'watdiv.nt');
  if (existsSync(file)) return;
  const packed = join(source, 'watdiv-s10.nt.zst');
  if (!existsSync(packed)) throw new Error(`there is no ${packed}`);
  const out = openSync(`${file}.partial`, 'w');
  execFileSync('zstd', ['-dcq', packed], { stdio: ['ignore', out, 'inherit'] });
  closeSync(out);
  renameSync(`${file}.partial`, file);
}

// [{query, class, texts}], each with one text, in the engine's language. What counts is the rows.
export function queries(engine, source) {
  const folder = join(source, 'queries-s10');
  return readdirSync(folder).filter((name) => name.endsWith('.rq')).sort().map((name) => {
    const sparql = readFileSync(join(folder, name), 'utf8');
    return { query: basename(name, '.rq'), class: name[0], texts: [engine.basicGraphPattern(parseBasicGraphPattern(sparql), sparql)] };
  });
}

export const answer = (result) => result.rows;
