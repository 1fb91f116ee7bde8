// Virtuoso 7: a server of our own in the scratch folder, on loopback ports, asked over HTTP. A round
// trip is part of its figures.
//
// Reachability and shortest paths are asked with its transitive subqueries, an extension of SPARQL.

import { execFile, spawn } from 'node:child_process';
import { closeSync, copyFileSync, existsSync, linkSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { KNOWS, nodeIri, writeEdgesAsTriples } from '../ntriples.mjs';

const STEPS_MAX = 10;
const GRAPH = 'urn:bench';
const START_SECONDS = 120;
// Of 8 KB: 1.3 GB.
const BUFFERS = 170_000;

const ini = ({ scratch, sqlPort, httpPort, limitSeconds }) => `
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
MaxCheckpointRemap = ${BUFFERS >> 2}
TempStorage = TempDatabase
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:${sqlPort}
DisableUnixSocket = 1
NumberOfBuffers = ${BUFFERS}
MaxDirtyBuffers = ${(BUFFERS * 3) >> 2}
ServerThreads = 10
ThreadsPerQuery = 2
AsyncQueueMaxThreads = 2
CheckpointInterval = 0
SchedulerInterval = 0
DirsAllowed = ${scratch}
TransactionAfterImageLimit = 2000000000
[HTTPServer]
ServerPort = 127.0.0.1:${httpPort}
ServerRoot = .
ServerThreads = 4
KeepAliveTimeout = 600
[SPARQL]
ResultSetMaxRows = 10000000
MaxQueryExecutionTime = ${limitSeconds}
DefaultGraph = ${GRAPH}
`;

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const count = (what, pattern) => `SELECT (COUNT(${what}) AS ?n) WHERE { ${pattern} }`;
const path = (from, to, steps, more = '') =>
  `{ SELECT ?s ?o WHERE { ?s ${KNOWS} ?o } } OPTION (TRANSITIVE, t_distinct, t_in (?s), t_out (?o), t_min (1), t_max (${steps})${more}) .
   FILTER (?s = ${nodeIri(from)} && ?o = ${nodeIri(to)})`;

export class Engine {
  static name = 'virtuoso';
  #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  #environment;
  #bin;
  #scratch;
  #server;
  #sqlPort;
  #httpPort;

  static async open({ scratch, peers, limitSeconds }) {
    const engine = new Engine();
    const root = join(peers, 'virtuoso');
    if (!existsSync(join(root, 'usr/bin/virtuoso-t'))) throw new Error(`${root} has no virtuoso-t`);
    engine.#bin = join(root, 'usr/bin');
    engine.#environment = { ...process.env, LD_LIBRARY_PATH: join(root, 'usr/lib/x86_64-linux-gnu') };
    engine.#scratch = scratch;
    engine.#sqlPort = await freePort();
    engine.#httpPort = await freePort();
    writeFileSync(join(scratch, 'virtuoso.ini'), ini({ scratch, sqlPort: engine.#sqlPort, httpPort: engine.#httpPort, limitSeconds }));
    const log = openSync(join(scratch, 'server.log'), 'w');
    engine.#server = spawn(join(engine.#bin, 'virtuoso-t'), ['+foreground', '+configfile', 'virtuoso.ini'], { cwd: scratch, env: engine.#environment, stdio: ['ignore', log, log] });
    closeSync(log);
    // Not left behind when the driver is stopped.
    process.once('exit', () => engine.#server.kill('SIGKILL'));
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
    await engine.#waitForStart();
    return engine;
  }

  async loadTriples(file) {
    // The server reads from its own folder only.
    const own = join(this.#scratch, 'triples.nt');
    if (file !== own) {
      try {
        linkSync(file, own);
      } catch {
        copyFileSync(file, own);
      }
    }
    await this.#sql(`ld_dir('${this.#scratch}', 'triples.nt', '${GRAPH}'); rdf_loader_run(); checkpoint;`);
    const failed = await this.#sql('SELECT ll_error FROM DB.DBA.load_list WHERE ll_error IS NOT NULL;');
    if (!failed.includes('0 Rows.')) throw new Error(`the load failed: ${failed}`);
  }

  async loadEdges(file) {
    const own = join(this.#scratch, 'triples.nt');
    await writeEdgesAsTriples(file, own);
    await this.loadTriples(own);
  }

  basicGraphPattern(_pattern, sparql) {
    return sparql;
  }

  graphQueries = {
    hop2: (from) => count('DISTINCT ?b', `${nodeIri(from)} ${KNOWS} ?a . ?a ${KNOWS} ?b`),
    hop3: (from) => count('DISTINCT ?c', `${nodeIri(from)} ${KNOWS} ?a . ?a ${KNOWS} ?b . ?b ${KNOWS} ?c`),
    // t_exists: the first path that is found is enough.
    reach6: (from, to) => count('DISTINCT ?o', path(from, to, 6, ', t_exists')),
    shortest: (from, to) => `SELECT (MAX(?step) AS ?n) WHERE { ${path(from, to, STEPS_MAX, ", t_shortest_only, t_step ('step_no') AS ?step, t_step ('path_id') AS ?path")} }`,
    triangles: () => count('*', `?a ${KNOWS} ?b . ?b ${KNOWS} ?c . ?a ${KNOWS} ?c`),
    cliques4: () => count('*', `?a ${KNOWS} ?b , ?c , ?d . ?b ${KNOWS} ?c , ?d . ?c ${KNOWS} ?d`),
  };

  // Tab-separated values, the smallest of its formats: a line of names, then a line a row.
  async run(sparql) {
    const text = await this.#get(`/sparql?query=${encodeURIComponent(sparql)}`);
    const lines = text.split('\n');
    if (lines.at(-1) === '') lines.pop();
    return { rows: lines.length - 1, first: lines[1]?.replaceAll('"', '') || undefined };
  }

  async close() {
    this.#agent.destroy();
    const ended = new Promise((resolve) => this.#server.once('exit', resolve));
    this.#server.kill('SIGKILL');
    await ended;
  }

  async #waitForStart() {
    for (let second = 0; second < START_SECONDS; ++second) {
      if (this.#server.exitCode !== null) break;
      try {
        const found = /Version (\d+\.\d+\.\d+)/.exec(await this.#sql('status();'));
        if (found !== null) {
          this.version = found[1];
          return;
        }
      } catch {
        // It does not listen yet.
      }
      await sleep(1000);
    }
    this.#server.kill('SIGKILL');
    throw new Error(`virtuoso-t does not start: ${readFileSync(join(this.#scratch, 'server.log'), 'utf8').slice(-2000)}`);
  }

  async #sql(statements) {
    const { stdout, stderr } = await promisify(execFile)(join(this.#bin, 'isql-vt'), [`127.0.0.1:${this.#sqlPort}`, 'dba', 'dba', 'ERRORS=STDOUT', `EXEC=${statements}`], { env: this.#environment });
    if (/^\*\*\* Error/m.test(stdout + stderr)) throw new Error(stdout + stderr);
    return stdout;
  }

  #get(path) {
    return new Promise((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port: this.#httpPort, path, agent: this.#agent, headers: { Accept: 'text/tab-separated-values' } }, (response) => {
        const pieces = [];
        response.on('data', (piece) => pieces.push(piece));
        response.on('error', reject);
        response.on('end', () => {
          const text = Buffer.concat(pieces).toString('utf8');
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`HTTP ${response.statusCode}: ${text.slice(0, 500)}`));
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  }
}
