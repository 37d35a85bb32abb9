// The control port: `GET /` says that it is there, `POST /forward` makes calls.
'use strict';

const http = require('node:http');
const { setTimeout: sleep } = require('node:timers/promises');
const grpc = require('@grpc/grpc-js');
const xds = require('@grpc/grpc-js-xds');
const { library } = require('./answers');

const raw = (bytes) => bytes;
const request = Buffer.from('{}');
const clients = new Map();

// One channel per target, as an application would have.
function clientOf(target, insecure) {
  const key = `${target} ${insecure}`;
  if (!clients.has(key)) {
    const plain = grpc.credentials.createInsecure();
    const withXds = !insecure && target.startsWith('xds:') && xds.XdsChannelCredentials;
    clients.set(key, new grpc.Client(target, withXds ? new xds.XdsChannelCredentials(plain) : plain));
  }
  return clients.get(key);
}

const failure = (error) => ({
  error: error.details ?? error.message,
  code: grpc.status[error.code] ?? 'LOCAL', // a channel that cannot be made is an answer too
});

function call({ target, method, headers, timeout, insecure }) {
  const client = clientOf(target, insecure);
  const metadata = new grpc.Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  const options = { deadline: Date.now() + timeout * 1000 };
  return new Promise((resolve) => {
    if (!method.endsWith('Stream')) {
      client.makeUnaryRequest(method, raw, raw, request, metadata, options, (error, message) =>
        resolve(error ? failure(error) : JSON.parse(message)));
      return;
    }
    let result = { messages: 0 };
    const stream = client.makeServerStreamRequest(method, raw, raw, request, metadata, options);
    stream.on('data', (message) => {
      result = { ...result, ...JSON.parse(message), messages: result.messages + 1 };
    });
    stream.on('error', (error) => resolve({ ...result, ...failure(error) }));
    stream.on('end', () => resolve(result));
  });
}

async function forward(given) {
  const order = { method: '/proxyless.lab.Echo/Call', count: 1, headers: {}, timeout: 5, interval: 0, insecure: false, ...given };
  const results = [];
  for (let number = 0; number < order.count; number += 1) {
    if (number) await sleep(order.interval * 1000);
    const started = performance.now();
    const result = await Promise.resolve(order).then(call).catch(failure);
    results.push({ ...result, seconds: Math.round(performance.now() - started) / 1000 });
  }
  return results;
}

async function handle(incoming) {
  if (incoming.method !== 'POST') return [200, { ok: true, language: 'node', library }];
  const chunks = [];
  for await (const chunk of incoming) chunks.push(chunk);
  let order;
  try {
    order = JSON.parse(Buffer.concat(chunks).toString() || '{}');
  } catch (error) {
    return [400, { error: `not an order in JSON: ${error.message}` }];
  }
  return [200, { results: await forward(order) }];
}

exports.listen = (port) => {
  http.createServer(async (incoming, outgoing) => {
    const [status, value] = await handle(incoming);
    outgoing.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  }).listen(port, '0.0.0.0');
};
