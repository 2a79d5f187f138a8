// node apart.mjs NAME OPTIONS: one check, as run.mjs forks it; tells it what the check says and what came out.

const [name, options] = process.argv.slice(2);
const { default: check } = await import(`./checks/${name}.mjs`);
const say = (said) => process.send({ said });
process.send({ outcome: await check.run({ ...JSON.parse(options), say }) }, () => process.disconnect());
