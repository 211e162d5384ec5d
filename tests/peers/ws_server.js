#!/usr/bin/env node
// A broadcast server on the npm package ws, for tests: nothing of it is ours but the faults that it plants.
//
//   POST /publish    a JSON object with an id; its text goes to every client of /events as it stands; answers {"subscribers": n}
//   /events, /echo   WebSocket; a client of /events may name itself by ?client=NAME or X-Client
//   GET /stream      server-sent events, as /events otherwise: the same clients, faults and account. The id of an event is the
//                    number of its message; who comes with Last-Event-ID first gets what followed it
//   POST /disconnect resets all clients
//   GET /account     what was planted, who was there, when each message came and was last sent (see ACCOUNT)
//
// Flags: --port N (0: the kernel chooses; "listening on N" is printed), --deflate, and faults. Every K-th message of a client
// (from 1) of all clients, or of those listed (from 0 in order of opening): --drop, --duplicate, --swap, --corrupt and
// --disconnect K[:I,I…]; the last is a reset. --away N: after a reset nobody is let in until N more messages were published.
// --tls CERT:KEY: https and wss. --delay MS: client i gets everything i times this later.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const https = require('node:https');
const { parseArgs } = require('node:util');
const { WebSocketServer } = require('ws');

const text = { type: 'string' };
const { values: flags } = parseArgs({
  options: { port: { ...text, default: '0' }, deflate: { type: 'boolean', default: false }, drop: text, duplicate: text,
             swap: text, corrupt: text, disconnect: text, away: { ...text, default: '0' },
             delay: { ...text, default: '0' }, tls: text },
});

// 'K' or 'K:I,I'.
function rule(flag) {
  if (flag === undefined) return () => false;
  const [every, clients] = flag.split(':');
  const only = clients === undefined ? null : new Set(clients.split(',').map(Number));
  if (!(Number(every) >= 1)) throw new Error(`not a fault: ${flag}`);
  return (client) => client.heard % Number(every) === 0 && (only === null || only.has(client.index));
}
const faults = Object.fromEntries(['drop', 'duplicate', 'swap', 'corrupt', 'disconnect'].map((kind) => [kind, rule(flags[kind])]));
const delay = Number(flags.delay);

// ACCOUNT: numbers of messages count from 1, clients from 0; `messages` are [number, id, came, last sent], nanoseconds of
// CLOCK_MONOTONIC.
const account = { published: 0, expected: 0, sent: 0, refused: 0, resumed: 0, clients: [], plants: [], messages: [] };
const open = new Set();
const published = [];  // all messages, for who comes back
let awayUntil = 0;

function plant(kind, client, message) {
  account.plants.push({ kind, message: message.number, id: message.id, client: client.index, name: client.name });
}

// The lowest bit of a plain character in the middle: another character, and still text.
function corrupted(payload) {
  const bytes = Buffer.from(payload);
  let at = bytes.length >> 1;
  while (at > 0 && (bytes[at] < 0x20 || bytes[at] >= 0x7f)) --at;
  bytes[at] ^= 1;
  return bytes.toString();
}

function send(client, message, payload = message.payload) {
  const now = () => {
    if (client.socket.readyState !== 1) {
      plant('unsent', client, message);
      return;
    }
    client.socket.send(payload, client.socket instanceof Stream ? message : undefined);
    ++account.sent;
    message.times[3] = Number(process.hrtime.bigint());
  };
  if (delay * client.index > 0) setTimeout(now, delay * client.index);
  else now();
}

function deliver(client, message) {
  ++client.heard;
  if (faults.disconnect(client)) {
    plant('disconnect', client, message);
    cut(client, message.number);
  } else if (faults.drop(client)) {
    plant('drop', client, message);
  } else if (faults.corrupt(client)) {
    plant('corrupt', client, message);
    send(client, message, corrupted(message.payload));
  } else if (faults.swap(client) && !client.held) {
    client.held = message;
  } else {
    send(client, message);
    if (faults.duplicate(client)) {
      plant('duplicate', client, message);
      send(client, message);
    }
    if (client.held) {
      plant('swap', client, client.held);
      send(client, client.held);
      client.held = null;
    }
  }
}

// A TCP reset; the client hears nothing after this message.
function cut(client, until) {
  if (client.held) plant('unsent', client, client.held);
  client.held = null;
  leave(client, until);
  awayUntil = account.published + Number(flags.away);
  client.wire.resetAndDestroy();
}

function publish(payload) {
  const message = { payload, id: JSON.parse(payload).id, number: ++account.published,
                    times: null };
  message.times = [message.number, message.id, Number(process.hrtime.bigint()), null];
  account.messages.push(message.times);
  published.push(message);
  account.expected += open.size;
  const subscribers = open.size;
  for (const client of [...open]) deliver(client, message);
  return subscribers;
}

function leave(client, until) {
  if (!open.delete(client)) return;
  account.clients[client.index].until = until;
}

// A client of /stream with what of a WebSocket is used here.
class Stream {
  constructor(request, response) {
    this.response = response;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.flushHeaders();
    request.socket.setNoDelay(true);
  }
  get readyState() { return this.response.destroyed || this.response.closed ? 3 : 1; }
  send(payload, message) { this.response.write(`id: ${message.number}\ndata: ${payload}\n\n`); }
  on(event, listener) { this.response.on(event, listener); }
}

function listen(request, response) {
  if (account.published < awayUntil) {
    ++account.refused;
    response.writeHead(503, { Connection: 'close' });
    response.end();
    return;
  }
  const stream = new Stream(request, response);
  const last = request.headers['last-event-id'];
  if (last !== undefined) {
    ++account.resumed;
    for (const message of published.slice(Number(last))) stream.send(message.payload, message);
  }
  enter(stream, request, last);
}

function enter(socket, request, last = account.published) {
  const name = new URL(request.url, 'http://x').searchParams.get('client') ?? request.headers['x-client'] ?? null;
  const client = { socket, wire: request.socket, index: account.clients.length, name, heard: 0, held: null };
  account.clients.push({ client: client.index, name, since: Number(last), until: null });
  open.add(client);
  socket.on('error', () => {});
  socket.on('close', () => {
    if (open.has(client) && client.held) plant('unsent', client, client.held);
    leave(client, account.published);
  });
}

function answer(response, status, body) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

function listener(serve) {
  if (flags.tls === undefined) return http.createServer(serve);
  const [cert, key] = flags.tls.split(':').map((file) => fs.readFileSync(file));
  return https.createServer({ cert, key }, serve);
}

const server = listener((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    try {
      if (request.method === 'POST' && request.url === '/publish')
        answer(response, 202, { subscribers: publish(Buffer.concat(chunks).toString()) });
      else if (request.method === 'POST' && request.url === '/disconnect') {
        for (const client of [...open]) cut(client, account.published);
        answer(response, 200, {});
      } else if (request.method === 'GET' && request.url.split('?')[0] === '/stream') listen(request, response);
      else if (request.method === 'GET' && request.url === '/account') answer(response, 200, account);
      else answer(response, 404, { detail: 'POST /publish and /disconnect, GET /account, WebSocket at /events and /echo' });
    } catch (error) {
      answer(response, 422, { detail: String(error) });
    }
  });
});
server.keepAliveTimeout = 0;

const upgrades = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: flags.deflate && { threshold: 0 } });
server.on('upgrade', (request, wire, head) => {
  const path = request.url.split('?')[0];
  wire.setNoDelay(true);
  wire.on('error', () => {});
  if (path === '/events' && account.published < awayUntil) {
    ++account.refused;
    wire.end('HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  } else if (path === '/events') {
    upgrades.handleUpgrade(request, wire, head, (socket) => enter(socket, request));
  } else if (path === '/echo') {
    upgrades.handleUpgrade(request, wire, head, (socket) => {
      socket.on('error', () => {});
      socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    });
  } else {
    wire.end('HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  }
});
server.listen(Number(flags.port), '127.0.0.1', () => console.log(`listening on ${server.address().port}`));
