// Two processes behind one port.
import cluster from "node:cluster";

if (cluster.isPrimary) {
  for (let n = 0; n < 2; n += 1) cluster.fork();
  process.on("SIGTERM", () => process.exit(0));
} else {
  const { provider } = await import("./provider.mjs");
  provider.listen(Number(process.env.PEER_PORT), "127.0.0.1");
}
