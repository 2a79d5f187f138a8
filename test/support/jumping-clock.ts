// A clock that is set forward and back by up to an hour, for `node --import`: every few readings of Date.now and
// performance.now it jumps. Seeded by the variable JUMPING_CLOCK.

let state = Number(process.env.JUMPING_CLOCK ?? 1);
let readings = 0;
let offset = 0;

function jump(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  if (++readings % (1 + (state >>> 30)) === 0) offset = (state / 2 ** 32 - 0.5) * 2 * 3_600_000;
  return offset;
}

const [elapsed, date] = [performance.now.bind(performance), Date.now];
performance.now = () => elapsed() + jump();
Date.now = () => Math.round(date() + jump());
