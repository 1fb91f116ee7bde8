// Warm medians with one client.

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function geometricMean(values) {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

// Runs every text a few times and returns the median over the texts of their medians, in
// milliseconds, and the sum of what `run` returned for them (a number of rows, or an answer).
//
// A pass runs all texts once. `warmups` passes are not measured, `rounds` are. When `seconds` are over
// there is no further pass, except that there always is one of each: the first run of a text may take
// a hundred times as long as the next, for the plan.
// Throws when a text answers differently in two passes.
export async function measure(texts, run, { warmups, rounds, seconds }) {
  const answers = [];
  let times = texts.map(() => []);
  const begin = performance.now();
  const spent = () => (performance.now() - begin) / 1000;
  for (let pass = 0; pass < warmups + rounds; ++pass) {
    if (pass > warmups && spent() > seconds) break;
    // Of slow queries, one warm-up.
    if (pass > 0 && pass < warmups && spent() > seconds / 10) pass = warmups;
    if (pass === 1 || pass === warmups) times = texts.map(() => []);
    for (const [i, text] of texts.entries()) {
      const start = performance.now();
      const answer = await run(text);
      times[i].push(performance.now() - start);
      answers[i] ??= answer;
      if (answers[i] !== answer) throw new Error(`${answer} now, but ${answers[i]} before: ${text}`);
    }
  }
  return { median_ms: median(times.map(median)), rows: answers.reduce((sum, answer) => sum + answer, 0) };
}
