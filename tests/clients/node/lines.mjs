// One JSON line out, one line in: how the tests talk to a client.
import readline from "node:readline";

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
export const say = (value) => console.log(JSON.stringify(value));
export const hear = async () => (await lines.next()).value;
