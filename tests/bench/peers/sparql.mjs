// The little of SPARQL that WatDiv's queries use: SELECT ?v ... WHERE { triple . ... }.
// Terms keep their N-Triples spelling, <iri> or "text", which is also how the engines store them.

const TOKEN = /\s*(\?\w+|<[^>]*>|"(?:[^"\\]|\\.)*"(?:@[\w-]+|\^\^<[^>]*>)?|[{}.]|\w+)/gy;

// {variables: ['?v0'], triples: [{subject, predicate, object}]}. Throws on anything else.
export function parseBasicGraphPattern(text) {
  const tokens = [];
  TOKEN.lastIndex = 0;
  for (const source = text.trimEnd(); TOKEN.lastIndex < source.length; ) {
    const at = TOKEN.lastIndex;
    const token = TOKEN.exec(source);
    if (token === null) throw new Error(`not understood: ${source.slice(at, at + 40)}`);
    tokens.push(token[1]);
  }
  const take = (wanted) => {
    const token = tokens.shift();
    if (wanted !== undefined && token !== wanted) throw new Error(`${wanted} expected, not ${token}: ${text}`);
    return token;
  };
  const takeTerm = () => {
    const token = take();
    if (!/^[?<"]/.test(token ?? '')) throw new Error(`a term expected, not ${token}: ${text}`);
    return token;
  };

  const pattern = { variables: [], triples: [] };
  take('SELECT');
  while (tokens[0] !== 'WHERE') pattern.variables.push(takeTerm());
  take('WHERE');
  take('{');
  while (tokens[0] !== '}') {
    pattern.triples.push({ subject: takeTerm(), predicate: takeTerm(), object: takeTerm() });
    if (tokens[0] === '.') take('.');
  }
  take('}');
  if (tokens.length > 0) throw new Error(`end expected, not ${tokens[0]}: ${text}`);
  return pattern;
}

export const isVariable = (term) => term.startsWith('?');
