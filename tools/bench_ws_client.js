#!/usr/bin/env node
// A client with the npm package ws that only counts, for tools/bench: bench_ws_client.js ws://HOST:PORT/ CLIENTS
//
// Opens them a hundred at a time; when all have been closed it prints "received N".
'use strict';
const WebSocket = require('ws');

const [url, clients] = [process.argv[2], Number(process.argv[3])];
let begun = 0;
let closed = 0;
let received = 0;

function open() {
  if (begun === clients) return;
  ++begun;
  const socket = new WebSocket(url, { perMessageDeflate: false });
  socket.on('open', open);
  socket.on('message', () => { ++received; });
  socket.on('error', () => {});
  socket.on('close', () => {
    if (++closed === clients) console.log(`received ${received}`);
  });
}
for (let i = 0; i < 100; ++i) open();
