// Reads a server with the package statuspage.io and prints what it read, as
// JSON: node read.cjs FOLDER-OF-PACKAGES ADDRESS.
const { createRequire } = require("node:module");
const path = require("node:path");

const [folder, address] = process.argv.slice(2);
const { Statuspage } = createRequire(path.resolve(folder, "package.json"))("statuspage.io");

async function read() {
  const client = new Statuspage("daymark");
  client.setApiUrl(address);
  const { api } = client;
  const calls = {
    summary: () => api.getSummary(),
    status: () => api.getStatus(),
    components: () => api.getComponents(),
    incidents: () => api.incidents.getAll(),
    unresolved: () => api.incidents.getUnresolved(),
    upcoming: () => api.scheduledMaintenances.getUpcoming(),
    active: () => api.scheduledMaintenances.getActive(), // asks for upcoming.json: its fault, not ours
    all: () => api.scheduledMaintenances.getAll(), // the same
  };
  const answers = {};
  for (const [name, call] of Object.entries(calls)) answers[name] = await call();
  process.stdout.write(JSON.stringify(answers));
}

read().catch((error) => {
  process.stderr.write(`${error}\n`);
  process.exitCode = 1;
});
