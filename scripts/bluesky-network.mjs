// A complete Bluesky network for tests (PLC, PDS, AppView), from the package @atproto/dev-env, on loopback only.
// Run in the folder where that is installed. Prints one line of JSON when it is there; each line on standard input
// is answered with one line when the AppView has indexed everything; the end of the input ends it.
import net from "node:net";
import process from "node:process";
import readline from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

// It would listen on every interface: keep it to this machine.
const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (...args) {
  if (typeof args[0] === "number" && typeof args[1] !== "string") args.splice(1, 0, "127.0.0.1");
  else if (args[0] && typeof args[0] === "object" && "port" in args[0]) args[0] = { ...args[0], host: "127.0.0.1" };
  return listen.apply(this, args);
};

const found = createRequire(`${process.cwd()}/`).resolve("@atproto/dev-env");
const { TestNetwork } = await import(pathToFileURL(found).href);
const network = await TestNetwork.create({ dbPostgresSchema: process.env.DB_POSTGRES_SCHEMA ?? "bsky" });
console.log(JSON.stringify({ pds: network.pds.url }));
for await (const line of readline.createInterface({ input: process.stdin })) {
  await network.processAll();
  console.log(JSON.stringify({ settled: line }));
}
await network.close();
process.exit(0);
