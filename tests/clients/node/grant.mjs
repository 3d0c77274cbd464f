// grant with its own "visualstudio" provider: the legacy wire format, unmodified; only addresses are ours.
import express from "express";
import session from "express-session";
import grant from "grant";
import { say } from "./lines.mjs";

const { PORTAL, CLIENT_ID, CLIENT_SECRET, GRANT_PORT = "8765" } = process.env;
const app = express();
app.use(session({ secret: "grant-test", saveUninitialized: true, resave: false }));
app.use(grant.express({
  defaults: { origin: `http://localhost:${GRANT_PORT}`, transport: "querystring", state: true },
  visualstudio: {
    key: CLIENT_ID, secret: CLIENT_SECRET, scope: ["vso.profile"], callback: "/done",
    authorize_url: `${PORTAL}/oauth2/authorize`, access_url: `${PORTAL}/oauth2/token`,
  },
}));
app.get("/done", (request, response) => response.json(request.query));
app.listen(Number(GRANT_PORT), "127.0.0.1", () => say({ ready: true }));
