// N-Triples, one triple a line, terms as they are spelled.

import { createReadStream, createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

// Yields [subject, predicate, object].
export async function* readTriples(file) {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const first = line.indexOf(' ');
    const second = line.indexOf(' ', first + 1);
    const end = line.lastIndexOf(' .');
    if (second > 0 && end > second) yield [line.slice(0, first), line.slice(first + 1, second), line.slice(second + 1, end)];
  }
}

// Yields [source, target] of a list of edges, "12 7" a line.
export async function* readEdges(file) {
  for await (const line of createInterface({ input: createReadStream(file) })) {
    const space = line.indexOf(' ');
    if (space > 0) yield [line.slice(0, space), line.slice(space + 1)];
  }
}

// A file written in big pieces, which is several times as fast as a write a line.
export class LineWriter {
  #stream;
  #lines = [];

  constructor(file) {
    this.#stream = createWriteStream(file);
  }

  async write(line) {
    this.#lines.push(line);
    if (this.#lines.length >= 10_000) await this.#flush();
  }

  async close() {
    await this.#flush();
    this.#stream.end();
    await once(this.#stream, 'finish');
  }

  async #flush() {
    if (this.#lines.length === 0) return;
    const text = this.#lines.join('\n') + '\n';
    this.#lines = [];
    if (!this.#stream.write(text)) await once(this.#stream, 'drain');
  }
}

export const nodeIri = (id) => `<urn:n:${id}>`;
export const KNOWS = '<urn:knows>';

// The list of edges as triples.
export async function writeEdgesAsTriples(edges, file) {
  const writer = new LineWriter(file);
  for await (const [source, target] of readEdges(edges)) await writer.write(`${nodeIri(source)} ${KNOWS} ${nodeIri(target)} .`);
  await writer.close();
}
